/**
 * The source of a confirmation: a person or a token with the user's reply (`auto`), a person only (`human`), a token
 * alone, for unattended runs (`token`), never (`block`).
 */
export const CONFIRM_MODES = ['auto', 'human', 'token', 'block'] as const;
export type ConfirmMode = (typeof CONFIRM_MODES)[number];

/** How long a plan can be agreed to and a ticket be used, and how long its outcome is kept, milliseconds. */
export const TICKET_MS = 10 * 60 * 1000;

/** Who may grant an allowance: a person in a form, a token with the user's reply, a token alone. */
export const GRANTORS = ['person', 'reported', 'token'] as const;
export type Grantor = (typeof GRANTORS)[number];

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

/** The forms of a result: text for a model, or structured content for programs as well. */
export const RESULT_FORMS = ['text', 'both'] as const;
export type Results = (typeof RESULT_FORMS)[number];

/** The operator's caps. USD; all inclusive ("at most"). */
export interface Caps {
  max_usd_per_hour: number;
  max_job_usd: number;
  max_pods: number;
}

/** USD amounts that differ by less are equal: sums of prices are inexact. */
export const USD_EPSILON = 1e-6;
