import { counted, quote } from '../core/text.ts';
import type { Confirmation } from '../gate/deps.ts';
import { SAYS } from '../gate/messages.ts';

/** The optional argument of every gated tool that hands back the token of a plan. */
export const TOKEN_FIELD = 'confirmation_token';
/** The argument for the user's reply to the plan; it goes with the token. */
export const REPLY_FIELD = 'user_reply';

/** The lines that stand around a result; `…_next` is the next step. */
export const RESULT_SAYS = {
  sandbox: '[sandbox: simulated clouds, no real money]',
  left_out: 'more lines were left out here, because one answer holds at most 9,000 characters.',
  candidates: (refs: readonly string[]): string => `Candidates: ${refs.join(', ')}`,
  next: (step: string): string => `Next: ${step}`,
  wait: (seconds: number): string => `Try again after ${seconds} s.`,
  plan_was: 'The plan was:',
  repeated: (at: string): string => `This was done already at ${at}; nothing was done now. The result was:`,
  reconciled: 'The reply of the cloud was lost; this is what was found afterwards.',
  pending: 'Nothing is done yet.',
  changed: (changes: readonly string[]): string =>
    `Nothing was sent, because something changed since the plan was shown: ${changes.join('; ')}.`,
  changed_next: (tool: string): string =>
    `Tell the user what changed. If they still want it, call ${tool} again; they will be asked with the new figures.`,
  token_next: (tool: string, { token, reply }: Confirmation): string => {
    const call = `call ${tool} again with the same arguments, ${TOKEN_FIELD}="${token}"`;
    return reply === null
      ? `To go on, ${call} (once, within 10 minutes).`
      : `Stop here and show this plan to the user in full. An earlier yes does not count. Ask the user to reply with "${reply}"; then ${call} and ${REPLY_FIELD}=<their words> (once, within 10 minutes).`;
  },
  dry_run: 'Dry run: nothing was done, and nobody was asked.',
  dry_run_next: (tool: string): string =>
    `To do it, call ${tool} again without dry_run; then a person is asked.`,
  working: (tool: string): string => `This ${tool} is still running; nothing more was sent.`,
  working_next: {
    agent: (tool: string): string =>
      `Call ${tool} again with the same arguments and the same ${TOKEN_FIELD} to get its result.`,
    form: (tool: string): string =>
      `Check its result with the list and get tools before you call ${tool} again.`,
  },
  unreadable: (tool: string): string => `${tool} took effect, but its result could not be read.`,
  unreadable_next: 'Do not call it again: check its result with the list and get tools.',
  cancelled: 'The call was cancelled; nothing was changed.',
} as const;

/** Why a tool is not listed here, and the next step. */
export const ABSENT_SAYS = {
  read_only: [SAYS.read_only, SAYS.read_only_next],
  not_configured: [
    'No configured cloud offers it.',
    'The operator can set the API key of the cloud that does.',
  ],
  toolset: ['Its toolset is switched off.', 'The operator can change --toolsets.'],
} as const;

/** Faults of a call: of its tool, its arguments and the names in them. */
export const INPUT_SAYS = {
  absent: (tool: string, why: string): string => `The tool ${tool} does not exist here. ${why}`,
  no_tool: 'There is no tool of that name.',
  no_tool_next: (meant: string | null, names: readonly string[]): string =>
    `${meant === null ? '' : `Did you mean ${meant}? `}The tools are: ${names.join(', ')}.`,
  no_argument: (of: string, meant: string | null): string =>
    `not an argument of ${of}${meant === null ? '' : ` (did you mean ${meant}?)`}`,
  more_arguments: (count: number, tool: string): string => `${count} more that ${tool} does not take`,
  more_faults: (count: number): string => `and ${count} more faults`,
  needed: (type: string): string => `needed (${type})`,
  no_string: 'must be a string',
  one_cloud: 'must name one cloud here, not all',
  takes: (tool: string, names: readonly string[]): string =>
    `${tool} takes: ${names.join(', ') || 'no arguments'}. Nothing was sent.`,
  reply_alone: `needs ${TOKEN_FIELD}; call without both to get a plan first`,
  state_unasked: (tool: string): string => `${tool} asks no question; call it without requestState`,
  state_and_token: `a call answers a form or has a ${TOKEN_FIELD}, not both; leave one out`,
  state_incapable:
    'requestState answers a form, and this request does not declare the capability elicitation.',
  unlisted: (cloud: string, why: string): string =>
    `names cannot be used while ${cloud} cannot be listed, because something there may have the same name (${why}).`,
  unlisted_next: 'Pass the ref instead, or call again later.',
  unnamed: (
    kinds: readonly string[],
    text: string,
    near: readonly { ref: string; name: string | null }[],
  ): string =>
    `no ${kinds.join(' or ').replaceAll('_', ' ')} has the name or id ${quote(text)}.${
      near.length === 0
        ? ''
        : ` Near to it: ${near.map(({ ref, name }) => (name === null ? ref : `${quote(name)} (${ref})`)).join(', ')}.`
    }`,
  ambiguous: (count: number, text: string): string => `${count} things have the name or id ${quote(text)}.`,
  ambiguous_next: (refs: readonly string[], list: string): string =>
    `Pass the ref of the one that is meant: ${refs.join(', ')}. See ${list}.`,
} as const;

/** Faults of requests for prompts, resources and paid results. `name` comes redacted. */
export const REQUEST_SAYS = {
  no_prompt: (name: string, meant: string | null): string =>
    `There is no prompt "${name}"${meant === null ? '' : ` (did you mean ${meant}?)`}.`,
  prompt_needs: (prompt: string, names: readonly string[]): string => `${prompt} needs: ${names.join(', ')}.`,
  no_template: 'There is no such resource template.',
  no_resource: 'There is nothing at this URI.',
  no_resource_next: 'See resources/list.',
  no_paid: 'There is no result at this URI for this caller.',
  no_paid_next: 'Saved results are kept for an hour, for the caller who got them.',
  subscriptions: (max: number): string => `This session has ${max} subscriptions already.`,
  subscriptions_next: 'Unsubscribe from some, or subscribe to gpu://pods or gpu://jobs instead.',
} as const;

/** Leases and orders that were made with another key of a cloud. `what`: how many of each. */
export const OTHER_KEY_SAYS = {
  counted: ({ leases, orders }: { leases: number; orders: number }): string =>
    [
      ...(leases === 0 ? [] : [counted(leases, 'lease')]),
      ...(orders === 0 ? [] : [counted(orders, 'unfinished order')]),
    ].join(' and '),
  adopted: (cloud: string, what: string): string =>
    `The key of ${cloud} has changed, and the account is the same: the ${what} of the earlier key stay valid.`,
  left: (cloud: string, what: string): string =>
    `State of this server: ${what} on ${cloud} were made with another key, and the present key lists none of their pods and jobs, so the server leaves them alone. If the other key is of another account, run a server with it until they are over.`,
} as const;
