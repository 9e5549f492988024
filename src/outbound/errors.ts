import { type ErrorCode, type ErrorFacts, GpuError, isCode } from '../core/errors.ts';
import type { CloudId } from '../core/ref.ts';
import { causeCode, TransportFailure, wasAborted } from './failure.ts';
import type { Redact } from './redact.ts';
import { bodyCode, isSuccess, quoteWords, retryAfterMs, safeText, wordsOf } from './reply.ts';
import type { Call, Explain, Failure, Layer, Reply } from './send.ts';
import { hintFor, meaningOf } from './statuses.ts';

/** What the error mapping needs of a cloud's stack. */
export interface ErrorContext {
  cloud: CloudId;
  explain: Explain;
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
  });

const explained = (context: ErrorContext, reply: Reply): Failure | null => {
  try {
    return context.explain(reply);
  } catch {
    return null;
  }
};

/** One sentence on a reply that is not a success: the cloud's own words quoted where it has any. */
function sentenceFor({ cloud, redact }: ErrorContext, reply: Reply, own: Failure | null): string {
  const words = wordsOf(reply.body);
  if (own !== null && own.message !== words) return safeText(own.message, redact);
  const verb = isSuccess(reply) ? 'refused the request' : meaningOf(reply.status, bodyCode(reply)).verb;
  const said = words === null ? '.' : `: ${quoteWords(words, redact)}`;
  return `${cloudName(cloud)} ${verb} (HTTP ${reply.status})${said}`;
}

/** What a reply that is not a success means for a caller who may repeat the call. */
function refusal(context: ErrorContext, reply: Reply): GpuError | null {
  const own = explained(context, reply);
  if (own === null && isSuccess(reply)) return null;
  const code: ErrorCode = own?.code ?? meaningOf(reply.status, bodyCode(reply)).code;
  const facts: ErrorFacts = {
    hint: own?.hint === undefined ? hintFor(code) : safeText(own.hint, context.redact),
    cloud: context.cloud,
  };
  const waitMs = retryAfterMs(reply, context.now());
  if (waitMs !== null) facts.retryAfterSeconds = Math.ceil(waitMs / 1000);
  return new GpuError(code, sentenceFor(context, reply, own), facts);
}

/**
 * 408 and 5xx do not tell how far the cloud came, 303 points to the result of what was done, and a 2xx that the cloud's
 * adapter cannot make sense of may be a success. 503 `not_available` is a refusal, and so is a 2xx that says it failed.
 */
const leavesOutcomeOpen = (reply: Reply, meaning: GpuError): boolean =>
  (reply.status >= 500 && bodyCode(reply) !== 'not_available') ||
  reply.status === 408 ||
  reply.status === 303 ||
  (isSuccess(reply) && isCode(meaning, 'unexpected_response', 'upstream_unavailable', 'timeout'));

function fromReply(context: ErrorContext, call: Call, reply: Reply): GpuError | null {
  const error = refusal(context, reply);
  if (error === null || call.repeatable || !leavesOutcomeOpen(reply, error)) return error;
  return outcomeUnknown(context.cloud, `${cloudName(context.cloud)} answered HTTP ${reply.status}`, error);
}

const UNSENT: Record<'timeout' | 'network', string> = {
  timeout: 'could not be reached in time',
  network: 'could not be reached',
};

const WHY_UNKNOWN: Record<TransportFailure['kind'], string> = {
  aborted: 'The call was cancelled after it had been sent',
  timeout: 'No complete reply came in time',
  network: 'The connection broke after the request had been sent',
  too_large: 'The reply was too large to read',
  unreadable: 'The reply could not be read',
};

function fromFailure(cloud: CloudId, call: Call, failure: TransportFailure): GpuError {
  const name = cloudName(cloud);
  const nothing = call.repeatable ? '' : ' Nothing was sent.';
  const make = (code: ErrorCode, message: string) =>
    new GpuError(code, message, { hint: hintFor(code), cloud, cause: failure });
  if (failure.sent && !call.repeatable) return outcomeUnknown(cloud, WHY_UNKNOWN[failure.kind], failure);
  if (failure.kind === 'aborted') return make('cancelled', `The call was cancelled.${nothing}`);
  if (!failure.sent && (call.repeatable ? failure.kind === 'network' : true)) {
    const code = causeCode(failure);
    const why = failure.kind === 'timeout' ? UNSENT.timeout : UNSENT.network;
    return make('upstream_unavailable', `${name} ${why}${code === null ? '' : ` (${code})`}.${nothing}`);
  }
  if (failure.kind === 'timeout') {
    return make('timeout', `${name} did not answer completely within ${call.timeoutMs / 1000} s.`);
  }
  if (failure.kind === 'network') return make('upstream_unavailable', `The connection to ${name} broke.`);
  return make('unexpected_response', `${name}'s reply is too large or cannot be read.`);
}

/** Any thrown value as a GpuError, seen from one call. A stranger after a write leaves the outcome open. */
export function mapFailure(cloud: CloudId, call: Call, error: unknown): GpuError {
  if (error instanceof GpuError) return error;
  if (error instanceof TransportFailure) return fromFailure(cloud, call, error);
  if (!call.repeatable) return outcomeUnknown(cloud, 'The call failed on the way', error);
  if (wasAborted(error)) return fromFailure(cloud, call, new TransportFailure('aborted', true, error));
  return new GpuError('upstream_error', 'The server failed unexpectedly while handling this call.', {
    hint: hintFor('upstream_error'),
    cloud,
    cause: error,
  });
}

/** Lets successes pass and turns everything else into a GpuError of the closed set, with the next step as hint. */
export const errorLayer =
  (context: ErrorContext): Layer =>
  (next) =>
  async (call) => {
    let reply: Reply;
    try {
      reply = await next(call);
    } catch (error) {
      throw mapFailure(context.cloud, call, error);
    }
    const error = fromReply(context, call, reply);
    if (error !== null) throw error;
    return reply;
  };
