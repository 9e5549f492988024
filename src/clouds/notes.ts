import { counted } from '../core/text.ts';

// Sentences about what may happen on any cloud. `title`: the cloud's name.

/** A list that is shorter than its total. */
export const cutShort = (title: string, missing: number, noun: string): string =>
  `${title} counts ${counted(missing, `more ${noun}`)} than it lists, so what exists is not known.`;

/** The next step if a list is incomplete. */
export const CHECK_CONSOLE = 'Ask the user to check the console of the cloud, or try again later.';

/** Errors that any cloud can raise, or that name one which is not there. */
export const ERRORS = {
  unknown_cloud: (id: string): string => `cloud: "${id}" is not a cloud that this server knows.`,
  unknown_cloud_next: (configured: readonly string[]): string => `Configured: ${configured.join(', ')}.`,
  not_configured: (id: string): string => `The cloud "${id}" is not configured here.`,
  not_configured_next: (configured: readonly string[]): string =>
    `Configured: ${configured.join(', ')}. The operator can set the API key of another one.`,
  not_found: (ref: string, why: string): string => `${ref} was not found. ${why}`,
  not_found_next: (list: string): string =>
    `Take the ref from ${list}; it may be gone, or belong to another account.`,
  wrong_id: (title: string, ref: string, answered: string): string =>
    `${title} was asked for ${ref} and answered with ${answered}.`,
  wrong_id_next: (list: string): string => `Take the ref from ${list}, and report it if this happens again.`,
  wrong_fields_next: (tools: readonly string[]): string =>
    tools.length === 0
      ? 'Correct these fields and call again; nothing was sent.'
      : `${tools.join(', ')} ${tools.length === 1 ? 'supplies' : 'supply'} the values; correct all of these fields and call again. Nothing was sent.`,
};
