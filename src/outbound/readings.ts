import { type ErrorFacts, GpuError, isCode } from '../core/errors.ts';
import type { CloudId } from '../core/ref.ts';
import type { Redact } from './redact.ts';
import { isSuccess, quoteWords, retryAfterMs, wordsOf } from './reply.ts';
import type { Call, Explain, IsOwnError, Reading, Reply } from './send.ts';
import { hintFor, meaningOf } from './statuses.ts';

/** What reading a reply needs to know of its cloud. `now` is the wall clock, for dates in `Retry-After`. */
export interface ReplyContext {
  cloud: CloudId;
  explain: Explain;
  isOwnError: IsOwnError;
  redact: Redact;
  now: () => number;
}

/** A cloud's name in a sentence: `Volt`. */
export const cloudName = (cloud: CloudId): string => cloud.charAt(0).toUpperCase() + cloud.slice(1);

/**
 * A write whose outcome nobody knows; `why` begins the sentence that says so.
 * The cause is kept, so that an abort by the caller can be told from a fault (wasAborted).
 */
export const outcomeUnknown = (cloud: CloudId, why: string, cause: unknown): GpuError =>
  new GpuError('outcome_unknown', `${why}, so it is not known whether the action happened.`, {
    hint: 'Do not send it again. Read the present state first and see whether it happened.',
    cloud,
    cause,
    ...(cause instanceof GpuError && cause.status !== null && { status: cause.status }),
  });

function explained(context: ReplyContext, reply: Reply, route: string): Partial<Reading> | null {
  try {
    return context.explain(reply, route);
  } catch {
    return null;
  }
}

/** What a reply says: the error, and whether it leaves open if a write took effect. */
interface Meaning {
  error: GpuError;
  open: boolean;
}

/**
 * 408 and 5xx do not show how far the cloud came, 303 points to the result of what was done, and a 2xx that the cloud's
 * adapter cannot make sense of may be a success.
 */
const leavesOutcomeOpen = (reply: Reply, error: GpuError): boolean =>
  reply.status >= 500 ||
  reply.status === 408 ||
  reply.status === 303 ||
  (isSuccess(reply) && isCode(error, 'unexpected_response', 'upstream_unavailable', 'timeout'));

function meaningFor(context: ReplyContext, reply: Reply, route: string): Meaning | null {
  const own = explained(context, reply, route);
  if (own === null && isSuccess(reply)) return null;
  const reading = meaningOf(reply.status, own);
  const name = cloudName(context.cloud);
  const words = wordsOf(reply.body);
  const said = words === null ? '.' : `: ${quoteWords(words, context.redact)}`;
  const waitMs = retryAfterMs(reply, context.now());
  const facts: ErrorFacts = {
    cloud: context.cloud,
    status: reply.status,
    ...(waitMs !== null && { retryAfterSeconds: Math.ceil(waitMs / 1000) }),
  };
  const saysGone = reading.code === 'not_found' || reply.status === 404 || reply.status === 410;
  const isForeign = saysGone && !context.isOwnError(reply, route);
  if (isForeign && (own?.code ?? 'not_found') === 'not_found') {
    const message = `HTTP ${reply.status} came in another form than ${name}'s own errors, so something between this server and ${name} may have answered: it says nothing about the thing itself${said}`;
    const hint =
      'Call again in a minute; if it stays, check the base URL and the proxy (`gpu-cloud-mcp doctor`).';
    return {
      error: new GpuError('upstream_error', message, { ...facts, hint, retryable: true }),
      open: true,
    };
  }
  const error = new GpuError(reading.code, `${name} ${reading.verb} (HTTP ${reply.status})${said}`, {
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
  const why = `${cloudName(context.cloud)} answered HTTP ${reply.status}`;
  return outcomeUnknown(context.cloud, why, meaning.error);
}
