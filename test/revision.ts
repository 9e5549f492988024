/** True while the cases run over 2026-07-28; otherwise they run over 2025-11-25 (vitest.config.ts). */
export const IS_MODERN = process.env.TEST_REVISION === '2026-07-28';

/** The code of a resource that is not there, in the revision under test. */
export const NO_RESOURCE = IS_MODERN ? -32602 : -32002;
