import type { ErrorCode } from '../core/errors.ts';
import type { Reading } from './send.ts';

/** The next step for each code that a reply can lead to. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  invalid_input: "Correct the input as the cloud's message says, then call again.",
  unauthorized: 'Check the API key of this cloud (`gpu-cloud-mcp doctor`); it may have been revoked.',
  insufficient_funds: "Add funds on the cloud's billing page, then call again.",
  forbidden:
    "The key or the account's tier does not allow this; use a key with the scope, or raise the tier.",
  not_found:
    'List such things again and take a ref from there; it may be gone, or belong to another account.',
  unsupported: 'This account or this version of the cloud does not offer it; use the web console instead.',
  wrong_state: 'Read the present state first, then choose the action that fits it.',
  rate_limited: 'Wait for the seconds given, then call again; do not poll faster.',
  timeout: 'Call again later; the read can be repeated without harm.',
  cancelled: 'Call again if it is still wanted.',
  upstream_unavailable: 'Wait a few seconds, then call again.',
  upstream_error: "Call again later; if it stays, ask the cloud's support.",
  unexpected_response: 'Check the base URL of this cloud (`gpu-cloud-mcp doctor`); its API may have changed.',
};

/** The usual next step for a code. */
export const hintFor = (code: ErrorCode): string => HINTS[code] ?? 'See the message.';

type Row = readonly [from: number, to: number, code: ErrorCode, verb: string];

/**
 * The meaning of each HTTP status; the first row that covers a status counts, and a cloud's `explain` may override
 * any part of it. Volt documents 400, 401, 402, 404, 429, 500 and 502 (Volt API Reference, Errors); Nebula documents
 * none. The rest is our reading of HTTP.
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
  [0, 999, 'unexpected_response', 'answered in an unexpected way'],
];

/** The meaning of a status, with the parts that a cloud's reading overrides. */
export function meaningOf(status: number, own: Partial<Reading> | null): Reading {
  const row = STATUSES.find(([from, to]) => status >= from && status <= to);
  const [, , code, verb] = row ?? [0, 0, 'unexpected_response' as const, 'answered in an unexpected way'];
  return { code, verb, ...own };
}
