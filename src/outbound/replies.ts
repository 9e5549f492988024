import { type ErrorCode, type ErrorFacts, GpuError, isCode } from '../core/errors.ts';
import type { CloudId } from '../core/ref.ts';
import { clean, isObject } from '../core/text.ts';
import type { Redact } from './redact.ts';
import type { Call, Explain, IsOwnError, Reply, ReplyMeaning } from './send.ts';

const MAX_WORDS = 300;
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;
const HTTP_DATE = /^[A-Za-z]{3,9}, [0-9A-Za-z: -]+ GMT$/;

/** True for any 2xx: Nebula documents no statuses at all, and Volt 200 and 201. */
const isSuccess = (reply: Reply): boolean => reply.status >= 200 && reply.status <= 299;

/**
 * Milliseconds to wait by a `Retry-After` value: seconds (Volt API Reference, Rate Limits) or an HTTP date; a date in
 * the past is 0, more than a day counts as a day. Null for everything else; never NaN, never negative.
 */
export function parseRetryAfter(raw: string | undefined, nowMs: number): number | null {
  const text = raw?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS));
  if (!HTTP_DATE.test(text)) return null;
  const wait = Date.parse(text) - nowMs;
  return Number.isFinite(wait) ? Math.min(Math.max(0, Math.ceil(wait)), MAX_RETRY_AFTER_MS) : null;
}

/** `parseRetryAfter` of a reply's header. A date counts from the reply's own `Date`: our clock may be wrong. */
export function retryAfterMs({ headers }: Reply, nowMs: number): number | null {
  const sentAt = HTTP_DATE.test(headers.date ?? '') ? Date.parse(headers.date ?? '') : Number.NaN;
  return parseRetryAfter(headers['retry-after'], Number.isFinite(sentAt) ? sentAt : nowMs);
}

const asText = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value : null;

/** The machine-readable code in an error body, lower case: `code`, or `error.code` in the OpenAI form. */
export function bodyCode(reply: Reply): string | null {
  if (!isObject(reply.body)) return null;
  const nested = isObject(reply.body.error) ? asText(reply.body.error.code) : null;
  return (asText(reply.body.code) ?? nested)?.toLowerCase() ?? null;
}

const detailWords = (detail: unknown): string | null => {
  if (!Array.isArray(detail)) return asText(detail);
  const parts = detail.slice(0, 5).map((item: unknown) => {
    if (!isObject(item)) return asText(item) ?? '';
    const field = Array.isArray(item.loc) ? `${item.loc.join('.')}: ` : '';
    return `${field}${asText(item.msg) ?? ''}`;
  });
  return asText(parts.filter((part) => part !== '').join('; '));
};

/**
 * The message in a reply's JSON body, raw: `message` (both clouds), `error` or `error.message` (OpenAI form),
 * `detail` (FastAPI form). Null if there are none, as in an HTML page of a proxy.
 */
export function wordsOf(body: unknown): string | null {
  if (!isObject(body)) return null;
  const { message, error, detail } = body;
  const nested = isObject(error) ? asText(error.message) : asText(error);
  return asText(message) ?? nested ?? detailWords(detail);
}

const PASSWORD = /\b((?:vm_)?passw(?:or)?d|pwd)(["']? ?(?:[:=]|is\b)? ?["']?)(\S+)/gi;
const PLAIN_WORD = /^[a-z]+[.,;!?]*$/;

/** Hides the text after the word "password": details of instances hold passwords, and a message might repeat one. */
const hidePasswords = (text: string): string =>
  text.replace(PASSWORD, (all: string, word: string, between: string, next: string) =>
    PLAIN_WORD.test(next) && !/[:=]/.test(between) ? all : `${word}${between}[hidden]`,
  );

// More characters than `clean` keeps, so that no secret is cut in two before it is replaced.
const MAX_READ = 65_536;

/** Text with parts from a cloud, safe to show: no secrets, no control characters, at most 300 characters. */
export const safeText = (text: string, redact: Redact): string =>
  clean(hidePasswords(redact(clean(redact(text.slice(0, MAX_READ)), 2_000))), MAX_WORDS);

/** A cloud's message as data inside a sentence: `safeText` in double quotes that it cannot close. */
const quoteWords = (words: string, redact: Redact): string =>
  `"${safeText(words, redact).replaceAll('"', "'")}"`;

/** The next step for each error code of a reply. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  invalid_input: "Correct the input as the cloud's message says, then call again.",
  unauthorized:
    'The operator can check the API key of this cloud (`gpu-cloud-mcp doctor`); it may have been revoked.',
  insufficient_funds: "Add funds on the cloud's billing page, then call again.",
  forbidden:
    "The key or the account's tier does not allow this. The operator can set a key with the scope; the user can raise the tier.",
  not_found:
    'List such things again and take a ref from there; it may be gone, or belong to another account.',
  unsupported: 'This account or this version of the cloud does not offer it; use the web console instead.',
  wrong_state: 'Read the present state first, then choose the action that fits it.',
  rate_limited: 'Wait for the seconds given, then call again; do not poll faster.',
  timeout: 'Call again later; repeating the read is safe.',
  cancelled: 'Call again if it is still wanted.',
  upstream_unavailable: 'Wait a few seconds, then call again.',
  upstream_error: "Call again later; if it fails again, ask the cloud's support.",
  unexpected_response: 'Check the base URL of this cloud (`gpu-cloud-mcp doctor`); its API may have changed.',
};

/** The usual next step for a code. */
export const hintFor = (code: ErrorCode): string => HINTS[code] ?? 'See the message.';

type Row = readonly [from: number, to: number, code: ErrorCode, verb: string];

/**
 * The meaning of each HTTP status: the first row that covers a status counts, and a cloud's `explain` may override any
 * part of it. Volt documents 400, 401, 402, 404, 429, 500 and 502 (Volt API Reference, Errors); Nebula documents none.
 * The rest is our choice.
 */
const STATUSES: readonly Row[] = [
  [
    300,
    399,
    'unexpected_response',
    'redirected the request, which is never followed because the key would go along',
  ],
  [400, 400, 'invalid_input', 'refused the request'],
  [401, 401, 'unauthorized', 'did not accept the key'],
  [402, 402, 'insufficient_funds', 'says the balance is too low'],
  [403, 403, 'forbidden', 'does not allow this'],
  [404, 404, 'not_found', 'did not find it'],
  [405, 405, 'unsupported', 'does not offer this'],
  [408, 408, 'timeout', 'gave up waiting'],
  [409, 409, 'wrong_state', 'says the state does not allow this'],
  [410, 410, 'unsupported', 'does not offer this any more'],
  [413, 413, 'invalid_input', 'refused the request as too large'],
  [422, 422, 'invalid_input', 'refused the request'],
  [429, 429, 'rate_limited', 'limits the number of requests'],
  [400, 499, 'invalid_input', 'rejected the request'],
  [502, 504, 'upstream_unavailable', 'is unavailable'],
  [500, 599, 'upstream_error', 'failed'],
  [200, 299, 'upstream_error', 'refused the request'],
];

/** The meaning of a status, with the parts that a cloud overrides. */
function meaningOf(status: number, own: Partial<ReplyMeaning> | null): ReplyMeaning {
  const row = STATUSES.find(([from, to]) => status >= from && status <= to);
  const [, , code, verb] = row ?? [0, 0, 'unexpected_response' as const, 'answered in an unexpected way'];
  return { code, verb, ...own };
}

/** What reading a reply needs from its cloud. `now` is the wall clock, for dates in `Retry-After`. */
export interface ReplyContext {
  cloud: CloudId;
  /** The cloud's name in a sentence. */
  title: string;
  explain: Explain;
  isOwnError: IsOwnError;
  redact: Redact;
  now: () => number;
}

/**
 * The error for a write of unknown outcome. `why` begins its sentence. The cause is kept, so that an abort by the caller
 * can be distinguished from a fault (wasAborted).
 */
export const outcomeUnknown = (cloud: CloudId, why: string, cause: unknown): GpuError =>
  new GpuError('outcome_unknown', `${why}, so it is not known whether the action happened.`, {
    hint: 'Do not send it again. Read the present state first to see whether it happened.',
    cloud,
    cause,
    ...(cause instanceof GpuError && cause.status !== null && { status: cause.status }),
  });

/** The error in a reply, and whether a write may have taken effect. */
interface Meaning {
  error: GpuError;
  open: boolean;
}

/**
 * True if a write may have taken effect: 408 and 5xx do not show how far the cloud came, 303 points to a result, and a 2xx
 * that the cloud's adapter cannot read may be a success.
 */
const leavesOutcomeOpen = (reply: Reply, error: GpuError): boolean =>
  reply.status >= 500 ||
  reply.status === 408 ||
  reply.status === 303 ||
  (isSuccess(reply) && isCode(error, 'unexpected_response', 'upstream_unavailable', 'timeout'));

function meaningFor(context: ReplyContext, reply: Reply, route: string): Meaning | null {
  const own = context.explain(reply, route);
  if (own === null && isSuccess(reply)) return null;
  const reading = meaningOf(reply.status, own);
  const name = context.title;
  const words = wordsOf(reply.body);
  const quoted = words === null ? '.' : `: ${quoteWords(words, context.redact)}`;
  const waitMs = retryAfterMs(reply, context.now());
  const facts: ErrorFacts = {
    cloud: context.cloud,
    status: reply.status,
    ...(waitMs !== null && { retryAfterSeconds: Math.ceil(waitMs / 1000) }),
  };
  const saysGone = reading.code === 'not_found' || reply.status === 404 || reply.status === 410;
  const isForeign = saysGone && !context.isOwnError(reply, route);
  if (isForeign && (own?.code ?? 'not_found') === 'not_found') {
    const message = `HTTP ${reply.status} came in another form than ${name}'s own errors, so something between this server and ${name} may have answered: it says nothing about the thing itself${quoted}`;
    const hint =
      'Call again in a minute; if it stays, check the base URL and the proxy (`gpu-cloud-mcp doctor`).';
    return {
      error: new GpuError('upstream_error', message, { ...facts, hint, retryable: true }),
      open: true,
    };
  }
  const error = new GpuError(reading.code, `${name} ${reading.verb} (HTTP ${reply.status})${quoted}`, {
    ...facts,
    hint: reading.hint ?? hintFor(reading.code),
  });
  return { error, open: reading.refused !== true && (isForeign || leavesOutcomeOpen(reply, error)) };
}

/**
 * What a reply means for the caller; null = a success. `not_found` only ever comes from the cloud's own form of it, and
 * a write whose outcome the reply leaves open is `outcome_unknown`.
 */
export function readReply(
  context: ReplyContext,
  call: Pick<Call, 'route' | 'repeatable'>,
  reply: Reply,
): GpuError | null {
  const meaning = meaningFor(context, reply, call.route);
  if (meaning === null || call.repeatable || !meaning.open) return meaning?.error ?? null;
  const why = `${context.title} answered HTTP ${reply.status}`;
  return outcomeUnknown(context.cloud, why, meaning.error);
}
