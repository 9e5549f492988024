import type { CloudId } from './model.ts';
import type { Plan } from './plan.ts';

/**
 * The closed set of error codes that a tool result can carry. `not_found` from a cloud means that the cloud itself
 * answered so, in its own form; a 404 from a proxy or gateway is `upstream_error`.
 */
export const ERROR_CODES = [
  'invalid_input',
  'not_found',
  'wrong_state',
  'unauthorized',
  'forbidden',
  'insufficient_funds',
  'rate_limited',
  'upstream_unavailable',
  'upstream_error',
  'unexpected_response',
  'timeout',
  'cancelled',
  'outcome_unknown',
  'unsupported',
  'confirmation_required',
  'confirmation_invalid',
  'declined',
  'over_limit',
  'read_only',
  'not_configured',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** The facts of an error beyond its code and message. */
export interface ErrorFacts {
  /** The next step for the caller, one sentence. */
  hint?: string;
  /** True if the very same call may succeed later. Default: by code. */
  retryable?: boolean;
  retryAfterSeconds?: number;
  cloud?: CloudId;
  /** HTTP status of the reply that was refused. */
  status?: number;
  /** Refs of things that may be the result of a write whose outcome is unknown. */
  candidates?: string[];
  /** The plan that was refused, so that the caller can show it. */
  plan?: Plan;
  cause?: unknown;
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set(['rate_limited', 'upstream_unavailable', 'timeout']);

/** The one error class of the project: what went wrong, and what the caller should do next. */
export class GpuError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | null;
  readonly cloud: CloudId | null;
  readonly status: number | null;
  readonly candidates: string[] | null;
  readonly plan: Plan | null;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'GpuError';
    this.code = code;
    this.hint = facts.hint ?? null;
    this.retryable = facts.retryable ?? RETRYABLE.has(code);
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null;
    this.cloud = facts.cloud ?? null;
    this.status = facts.status ?? null;
    this.candidates = facts.candidates ?? null;
    this.plan = facts.plan ?? null;
  }
}

/** True if the value is a GpuError of one of the given codes. */
export function isCode(error: unknown, ...codes: ErrorCode[]): error is GpuError {
  return error instanceof GpuError && codes.includes(error.code);
}

/** The same error with a further sentence at the end of its next step. */
export const withHint = (error: GpuError, sentence: string): GpuError => {
  const { retryable, retryAfterSeconds, cloud, status, candidates, plan, cause } = error;
  return new GpuError(error.code, error.message, {
    hint: error.hint === null ? sentence : `${error.hint} ${sentence}`,
    retryable,
    ...(retryAfterSeconds !== null && { retryAfterSeconds }),
    ...(cloud !== null && { cloud }),
    ...(status !== null && { status }),
    ...(candidates !== null && { candidates }),
    ...(plan !== null && { plan }),
    cause,
  });
};

/** The message for a call whose caller gave it up. */
export const CALL_CANCELLED = 'The call was cancelled.';
/** The message for a fault of this program. */
export const SERVER_FAULT = 'The server failed unexpectedly while handling this call.';

/** The message of any thrown value. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Any thrown value for the log: with its stack, if it has one. */
export const causeOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/** Any thrown value as a GpuError: an abort is `cancelled`, any other value `upstream_error` without its text. */
export function asGpuError(error: unknown): GpuError {
  if (error instanceof GpuError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new GpuError('cancelled', CALL_CANCELLED, { cause: error });
  }
  return new GpuError('upstream_error', SERVER_FAULT, {
    hint: 'See the server log (stderr) for the cause.',
    cause: error,
  });
}
