import type { ErrorCode } from '../core/errors.ts';

/** What an HTTP status means where the cloud itself says nothing better. */
export interface Meaning {
  from: number;
  to: number;
  code: ErrorCode;
  /** Completes "Volt …" in the message; the next step is `hintFor(code)`. */
  verb: string;
}

/** The next step for each code that a reply can lead to. */
export const HINTS: Partial<Record<ErrorCode, string>> = {
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

/** The default next step for a code. */
export const hintFor = (code: ErrorCode): string => HINTS[code] ?? 'See the message.';

const row = (from: number, to: number, code: ErrorCode, verb: string): Meaning => ({
  from,
  to,
  code,
  verb,
});

/**
 * Statuses and their meaning; the first row that covers a status counts. Volt documents 400, 401, 402, 404, 429, 500
 * and 502 (Volt API Reference, Errors); Nebula documents none. The rest is our reading of HTTP.
 */
export const STATUS_TABLE: readonly Meaning[] = [
  row(
    300,
    399,
    'unexpected_response',
    'redirected the request, which is never followed because the key would go along',
  ),
  row(400, 400, 'invalid_input', 'refused the request'),
  row(401, 401, 'unauthorized', 'did not accept the key'),
  row(402, 402, 'insufficient_funds', 'says the balance is too low'),
  row(403, 403, 'forbidden', 'does not allow this'),
  row(404, 404, 'not_found', 'did not find it'),
  row(405, 405, 'unsupported', 'does not offer this'),
  row(408, 408, 'timeout', 'gave up waiting'),
  row(409, 409, 'wrong_state', 'says the state does not allow this'),
  row(410, 410, 'unsupported', 'does not offer this any more'),
  row(413, 413, 'invalid_input', 'refused the request as too large'),
  row(422, 422, 'invalid_input', 'refused the request'),
  row(429, 429, 'rate_limited', 'limits the number of requests'),
  row(400, 499, 'invalid_input', 'rejected the request'),
  row(502, 504, 'upstream_unavailable', 'is unavailable'),
  row(500, 599, 'upstream_error', 'failed'),
];

const UNEXPECTED: Meaning = row(0, 999, 'unexpected_response', 'answered in an unexpected way');

/** The meaning of a status; 503 with the body code `not_available` is a feature that does not exist here. */
export function meaningOf(status: number, bodyCode: string | null): Meaning {
  if (status === 503 && bodyCode === 'not_available')
    return row(503, 503, 'unsupported', 'does not offer this');
  return STATUS_TABLE.find(({ from, to }) => status >= from && status <= to) ?? UNEXPECTED;
}
