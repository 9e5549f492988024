/** The protocol revision that the cases of one file run over: 2025-11-25, except when modern.test.ts runs them again. */
let modern = false;

/** True while the cases run over 2026-07-28. */
export const isModern = (): boolean => modern;

/** Runs what follows over 2026-07-28, or over 2025-11-25 again. */
export const useModern = (on: boolean): void => {
  modern = on;
};

/** The code of a resource that is not there, in the revision under test. */
export const noResource = (): number => (modern ? -32602 : -32002);
