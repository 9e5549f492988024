/**
 * How confirmation is obtained: a person or a token with the user's reply (`auto`), a person only (`human`), a token
 * alone, for runs that nobody watches (`token`), never (`block`).
 */
export const CONFIRM_MODES = ['auto', 'human', 'token', 'block'] as const;
export type ConfirmMode = (typeof CONFIRM_MODES)[number];

/** The groups of tools that an operator can switch with `--toolsets`. */
export const TOOLSETS = [
  'machines',
  'pods',
  'jobs',
  'ssh',
  'templates',
  'registry',
  'api_keys',
  'billing',
  'inference',
] as const;
export type Toolset = (typeof TOOLSETS)[number];
