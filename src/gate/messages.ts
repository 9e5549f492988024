import type { Lease } from '../core/plan.ts';
import type { Grantor } from '../core/policy.ts';
import { LEAVE_SETTINGS } from '../core/settings-rule.ts';
import { counted, quote, usd } from '../core/text.ts';

/** Who allowed metered calls, as a phrase. */
export const GRANTED_BY: Readonly<Record<Grantor, string>> = {
  person: 'a person',
  reported: "the user's reply, as the agent reported it",
  token: 'a token alone',
};

const HOW_TO_ASK =
  'Use a client that supports MCP elicitation (Claude Code, VS Code, Cursor, Codex, Goose), or `gpu-cloud-mcp call` in a terminal. The operator can start the server with --confirm auto.';

const READ_ONLY = 'This server is read-only';
const BLOCK = 'This server runs with --confirm block';

/** The question to a person; amounts in USD. */
export const QUESTION_SAYS = {
  price_unknown: 'price unknown',
  now: (price: number): string => `$${usd(price)} now`,
  now_between: (min: number | null, max: number): string => `$${usd(min)} to $${usd(max)} now`,
  hourly: (price: number, until: string | null): string => `$${usd(price)}/h until ${until ?? 'you end it'}`,
  /** In two parts: if the challenge is long, each gets a line of its own. */
  type: (challenge: string): string[] => [`Type "${challenge}"`, 'to confirm.'],
  mistyped: (typed: string): string => `You typed "${typed}", which does not match.`,
} as const;

/** Sentences about consent and execution; `…_next` is what the caller should do. */
export const SAYS = {
  read_only: `${READ_ONLY}.`,
  read_only_next: 'The operator can start it without --read-only.',
  nothing_done: 'Nothing was done.',
  unfinished: {
    open: (at: string): string =>
      `An order of this name (${at}) is being sent right now, by this server or another one: this would make a second one.`,
    unresolved: (at: string): string =>
      `The outcome of an earlier order of this name (${at}) is unknown and the server is still checking: this may make a second one.`,
    closed: (at: string): string =>
      `The outcome of an earlier order of this name (${at}) is unknown: check the list and the console first, because this may make a second one.`,
  },
  nobody_asked: 'Nobody was asked.',
  block: `${BLOCK}: it shows plans but executes nothing.`,
  block_next: 'Show the plan to the user. Only the operator can allow it, with --confirm auto or human.',
  mistyped: 'A wrong text was typed twice, so this counts as a no.',
  declined: 'The user declined.',
  dismissed: 'The user closed the question without answering, which counts as a no.',
  empty: 'The question was accepted without the text to type, which counts as a no.',
  final: 'This is final for this plan. Do not call again unless the user asks for it again.',
  expired: 'Nobody answered the question in time. Nothing was done.',
  expired_next: 'Ask the user whether they still want this, then call again.',
  cancelled: 'The call was cancelled before the question was answered; nothing was changed.',
  cancelled_before: 'The call was cancelled before this was sent.',
  ending: 'This server is shutting down, so nothing was sent.',
  ending_next: 'Once the server runs again, ask for a new plan.',
  plan_changed: 'The plan had changed.',
  unshown:
    'The client declares that it can ask the user, but it answered the question with an error: nobody is known to have seen it. Nothing was done.',
  unshown_next: HOW_TO_ASK,
  by_itself: (ms: number): string =>
    `The host answered after ${Math.round(ms)} ms, faster than a person can read: most likely nobody was asked. Nothing was done.`,
  by_itself_next:
    'The user did not answer. Tell the user that this host answers questions by itself: they can act in a client that shows them, or with `gpu-cloud-mcp call` in a terminal.',
  no_person: 'A person must confirm this, and this client cannot ask one.',
  how_to_ask: HOW_TO_ASK,
  form_only: 'confirmation_token: this client asks the user itself; no token is valid here.',
  form_only_next: 'Call again without confirmation_token; the user will be asked.',
  no_reply: (reply: string): string =>
    `user_reply: needed with confirmation_token. The user has to reply with "${reply}". Nothing was done; the token is still valid.`,
  no_reply_next: 'Ask the user now; an earlier yes does not count. Then call again with user_reply.',
  other_reply: (reply: string): string =>
    `user_reply: not what was asked for ("${reply}"), so this counts as a no and the token is void. Nothing was done.`,
  fresh_plan: 'Call again without confirmation_token to get a fresh plan, and show that plan to the user.',
  fresh_question: 'Call again without requestState: the user will be asked again.',
  unknown: 'this server did not issue it, or issued it too long ago. Nothing was done now.',
  unknown_next: (otherwise: string): string =>
    `If it may have been used already, check with the list tool first. Otherwise: ${otherwise}`,
  void_expired: 'it is older than 10 minutes. Nothing was done.',
  too_late:
    'More than 10 minutes went by between the consent and the moment to act (the computer slept, or its clock was set). Nothing was sent.',
  other_call: 'it belongs to another call (other tool or other arguments) and is now void. Nothing was done.',
  other_session: 'it belongs to another session and is now void. Nothing was done.',
  other_way: 'it was issued for another kind of answer. Nothing was done.',
  not_ours:
    'With --confirm token a person must still confirm this: a token alone covers only spending, interruptions and the removal of what this server made.',
  /** The time of a call whose time was not kept. */
  earlier: 'an earlier time',
  failed_before: (at: string): string =>
    `An earlier call with this consent ended at ${at}; nothing was sent.`,
  died_before: 'The server stopped after this consent was used and before anything was sent.',
  still_running: (tool: string): string => `The same ${tool} is still running`,
  /** `what`: what is known of the call. */
  died: (what: string): string => `The server stopped during this call. ${what}`,
  not_known_yet: 'It is not known yet whether it took effect.',
  took_effect: (ref: string | null): string => `It took effect${ref === null ? '' : `: ${ref}`}.`,
  closed_as: (outcome: string | null): string => `Its order was closed as ${outcome ?? 'unknown'}.`,
  nothing_read: 'Nothing was read.',
  reading_failed: (why: string | null): string => `The last reading failed: ${why ?? 'no reason given'}`,
  internal_fault:
    'The server failed unexpectedly while handling this call, so it is not known whether the action happened.',
  died_among: (ended: readonly string[], failed: readonly string[], open: readonly string[]): string =>
    [
      ended.length === 0
        ? 'Nothing in its plan is known to have taken effect.'
        : `It took effect: ${ended.join(', ')}.`,
      failed.length === 0 ? '' : ` It failed: ${failed.join(', ')}.`,
      open.length === 0 ? '' : ` Not known: ${open.join(', ')}.`,
    ].join(''),
  check_each:
    'Check each candidate (list_pods, list_jobs, get_spend) and tell the user which still cost money; for those, ask for a new plan.',
  day_used: (until: string): string =>
    `A token allows metered model calls once a day, and what it allowed is used up. Until ${until} UTC only a person in a form can allow more. Nothing was done.`,
  day_used_next: `They can allow more in a client that asks them, or with \`gpu-cloud-mcp call\` in a terminal. ${LEAVE_SETTINGS}`,
  covered: ({ by, calls, usd: left }: { by: Grantor; calls: number; usd: number }): string =>
    `allowed for a day by ${GRANTED_BY[by]}; left: ${counted(calls, 'call')}, $${usd(left)}`,
  result_of_another:
    'The reply was lost, and what was found is the result of another order: it is unknown whether this one made something, too.',
  lease_unsaved:
    'WARNING: the lease of the pod that was found could not be saved, so the server will not act on it. Tell the user; update_pod (if listed) sets a new lease, delete_pod ends the pod.',
  lease_unknown:
    'WARNING: it is unknown whether the lease of the pod that was found is saved, so do not rely on it. Tell the user; get_pod shows whether the pod has one.',
  saved_later:
    'The store of this server cannot be reached: the outcome of this order, and its lease, are saved once the store is back, if this server still runs then.',
  check_first:
    'Do not send it again. Check first with the list and get tools, tell the user what you see, and do only what they decide.',
} as const;

/** The plan of a metered call that allows more calls for a day. `calls`: how many of unknown price; `max`: USD. */
export const ALLOWANCE_SAYS = {
  covers_one: 'this call',
  covers_day: (calls: number, max: number): string => `24 hours, ${counted(calls, 'call')}, $${usd(max)}`,
  allow: (calls: number): string => `allow ${counted(calls, 'call')}`,
  what: 'Allow model calls for 24 hours',
  what_calls: (calls: number): string => `Allow ${calls} model calls in 24 hours`,
  summary: (first: string): string => `Allow metered model calls for 24 hours. The first: ${first}`,
  scope: (until: string): string =>
    `Covers every metered model call (any tool, any model) of this user on this account for 24 hours, until about ${until}.`,
  limits: (calls: number, max: number): string =>
    `At most ${counted(calls, 'call')} whose price is unknown, and $${usd(max)} of calls whose price is known; then the user is asked again.`,
  unasked: 'Until then such calls run without a question; get_spend shows what is left.',
} as const;

/** Refusals by the caps and by the limits that the caller set; amounts in USD. */
export const LIMIT_SAYS = {
  unread: (cloud: string, code: string): string => `the pods of ${cloud} could not be read (${code})`,
  unpriced: (ref: string): string => `the price of ${ref} is unknown`,
  no_price: 'The price of this action is unknown, so no cap can be checked.',
  no_price_next: "Choose an offer with a known price, or let the user do it in the cloud's console.",
  hourly: (price: number, max: number): string =>
    `$${usd(price)}/h is more than max_usd_per_hour = $${usd(max)}.`,
  hourly_next: 'Choose a cheaper machine, or let the user agree to a higher max_usd_per_hour.',
  debit: (debit: number, max: number): string =>
    `The debit may reach $${usd(debit)}, more than max_usd = $${usd(max)}.`,
  debit_next: 'Ask for fewer hours or a smaller model, or let the user agree to a higher max_usd.',
  debit_cap: (debit: number, cap: number): string =>
    `The debit may reach $${usd(debit)}; the cap on one upfront debit is $${usd(cap)}.`,
  debit_cap_next: 'Ask for fewer hours. The operator can raise GPU_MCP_MAX_JOB_USD (--max-job-usd).',
  hours_paid: (hours: number, limit: number): string => `At this price $${usd(limit)} pays for ${hours} h.`,
  pods: (live: number, added: number, cap: number): string =>
    `${counted(live, 'live pod')} and ${added} to be added; the cap is ${cap}.`,
  pods_next: 'Delete pods that are no longer needed. The operator can raise GPU_MCP_MAX_PODS (--max-pods).',
  burn_unknown: (why: string): string => `The burn rate of the fleet is unknown: ${why}.`,
  burn_unknown_next: 'Check with get_spend; once every live pod has a price, call again.',
  burn: (now: number, added: number, cap: number): string =>
    `$${usd(now)}/h now + $${usd(added)}/h for this = $${usd(now + added)}/h; the cap is $${usd(cap)}/h for all clouds together.`,
  burn_next:
    'Stop or delete something (see get_spend). The operator can raise GPU_MCP_MAX_USD_PER_HOUR (--max-usd-per-hour).',
  metered: 'What this call costs is unknown, and the cap on one upfront debit is $0.',
  metered_next: 'The operator can raise GPU_MCP_MAX_JOB_USD (--max-job-usd).',
  no_room: 'The caps leave no room for this.',
  no_room_next: 'Check with get_spend, then ask for a new plan.',
} as const;

/** What changed between the agreed plan and the present one. */
export const CHANGE_SAYS = {
  hourly: 'price an hour',
  upfront: 'upfront debit',
  summary: 'what it is',
  unknown_price: 'unknown',
  nothing: 'nothing',
  change: (name: string, was: string, is: string): string => `${name}: ${was} → ${is}`,
} as const;

/** Orders that were not sent because they could not be recorded. */
export const ORDER_SAYS = {
  unsaved: 'The order could not be saved, so nothing was sent.',
  uncounted: 'The use could not be counted, so nothing was sent.',
  store_away_next: (why: string): string =>
    `${why} Wait until it is back, then ask for a new plan. stop_pod and delete_pod still work meanwhile.`,
  unsaved_next: (why: string): string => `${why} Then ask for a new plan.`,
  directory_next: 'The operator can check that the state directory (GPU_MCP_STATE_DIR) can be written to.',
  blocked_next: `Once the user has seen to it, ask for a new plan. ${LEAVE_SETTINGS}`,
  name_taken: (tool: string, name: string | null, at: string | null): string =>
    `An order of ${tool} with the name ${quote(name)}${at === null ? '' : ` (${at})`} is not finished: its outcome is not known yet.`,
  name_taken_next:
    'Check with the list tool and get_spend whether it took effect, and tell the user. The server keeps checking for at most 15 minutes.',
  no_plan: (tool: string): string => `${tool}: no plan could be made.`,
} as const;

/** The start of a notice about a lease that is over. It names the end, so that the notice of a second lease of a pod differs. */
const leaseOver = ({ name, ref, ends_at }: { name: string | null; ref: string; ends_at: string }): string =>
  `The lease of pod ${quote(name)} (${ref}) ended at ${ends_at}`;

type Named = Parameters<typeof leaseOver>[0];

/** Notices about leases that are over, and the plan of the stop that ends one. */
export const LEASE_SAYS = {
  stop: ({ name, ref, ends_at }: Named, state: string): string =>
    `Stop pod ${quote(name)} (${ref}): its lease ended at ${ends_at} (it was ${state}).`,
  still: (state: string | undefined): string => `it is ${state}`,
  broken: (lease: Named, why: string): string => `${leaseOver(lease)} and could not be handled: ${why}.`,
  unread: (lease: Named, why: string): string =>
    `${leaseOver(lease)}, but it could not be read (${why}); the server will try again.`,
  not_yet: (lease: Named, state: string): string =>
    `${leaseOver(lease)}, but it is still ${state}; the server will stop it once it runs.`,
  left: (lease: Named, why: string): string =>
    `${leaseOver(lease)}. ${why}, so it was left running: delete_pod ends it.`,
  bills_on: (cloud: string): string => `Stopping it is not known to end billing on ${cloud}`,
  may_be_another: "The reply to its order was lost and it may be somebody else's",
  read_only: READ_ONLY,
  block: BLOCK,
  refused: (lease: Named, why: string): string =>
    `${leaseOver(lease)}, but it was not stopped (${why}); the server will try again. Check it now: it may still be billed.`,
  stopped: (lease: Named): string =>
    `${leaseOver(lease)}: it was stopped. Its disk may still be billed; delete_pod ends that.`,
  /** `lost`: why there is no reply to the stop; null if the cloud accepted it. */
  unseen: (lease: Named, lost: string | null): string =>
    `${leaseOver(lease)}: ${lost === null ? 'the cloud accepted a stop' : `a stop was sent (${lost})`}, but no reading shows it stopped yet. The server will check again and, if it still runs, retry. Check it now: it may still be billed.`,
} as const;

/** Log lines about records that were not written. */
export const GATE_LOGS = {
  audit_unwritten: 'the audit log could not be written',
  end_unwritten: 'the end of an order could not be written',
} as const;

/** Notices about orders of previous runs, and about orders of unknown outcome. */
export const RECOVERY_SAYS = {
  ended_after: (tool: string, at: string, outcome: string | null, ref: string | null): string =>
    `A previous run ended right after ${tool} (${at}): its outcome was ${outcome}${ref === null ? '' : ` (${ref})`}, and its reply may not have arrived.`,
  ended_during: (tool: string, at: string): string => `A previous run ended during ${tool} (${at}).`,
  was_unknown: (tool: string, at: string): string => `The outcome of ${tool} (${at}) was unknown.`,
  failed: (start: string, why: string): string => `${start} Whether it went through is not known yet: ${why}`,
  went_through: 'The order seems to have gone through',
  found: (start: string, what: string, isNew: boolean): string =>
    `${start} ${RECOVERY_SAYS.went_through}: ${what}${isNew ? " It has the name of the order and appeared after it, but it may be somebody else's: its lease is only a reminder." : ''}`,
  ambiguous: (start: string, why: string, candidates: readonly string[]): string =>
    `${start} ${why}${candidates.length === 0 ? '' : ` Candidates: ${candidates.join(', ')}.`}`,
  metered:
    'It may have been sent and billed. Its result is lost: tell the user, and repeat the call only if they want that.',
  not_found: (start: string, why: string): string => `${start} No effect was found: ${why}`,
  keeps_checking: 'The server keeps checking for a while.',
  of_another: (start: string): string =>
    `${start} What was found is the result of another order, so this order has no known effect.`,
  twin: 'another order of that name is unfinished, too, and their results cannot be distinguished.',
  unsaved: (tool: string, at: string, why: string): string =>
    `What was found of ${tool} (${at}), or its lease, could not be saved: ${why}.`,
  unaudited: (tool: string, at: string, why: string): string =>
    `The audit line of ${tool} (${at}) could not be written: ${why}. The next server to start after this one ends will write it.`,
  unsearchable: 'its result cannot be searched for.',
  no_reading: 'no reading came in time',
  no_reason: 'no reason given',
  done: 'done.',
  /** The audit log's summary of an order that was closed later. */
  summary: (plan: string, at: string): string => `${plan} (ordered at ${at})`,
  lease_kept: ({ ref, ends_at }: Pick<Lease, 'ref' | 'ends_at'>): string =>
    `${ref} keeps its lease, which ends at ${ends_at}.`,
  state: (problem: string): string => `State of this server: ${problem.replace(/\.$/, '')}.`,
  unread: (why: string): string => `The orders of previous runs could not be read: ${why}.`,
} as const;
