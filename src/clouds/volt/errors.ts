import type { Io } from '../../core/cloud.ts';
import { bodyCode } from '../../outbound/readings.ts';
import type { Explain, IsOwnError, Reading } from '../../outbound/send.ts';
import { errorsOf, isObject, type Problem } from '../shared.ts';
import { CHECK_CONSOLE, CUT_SHORT } from './notes.ts';
import type { Listed } from './reading.ts';

/** The errors that this adapter raises itself. */
export const { fail, notFound, refuseProblems, withNotFound, wrongId } = errorsOf('volt', 'Volt');

/** True if the caller filled the field in. */
export const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);

/** A problem for each of the fields that is missing; `tools` supply good values. */
export const missing = (fields: Record<string, unknown>, why: string, tools: Record<string, string> = {}) =>
  Object.entries(fields).flatMap(([field, value]): Problem[] => {
    const tool = tools[field];
    if (isGiven(value)) return [];
    return [tool === undefined ? { field, why } : { field, why, tool }];
  });

/** A problem for each of the fields that is filled in and must not be. */
export const surplus = (fields: Record<string, unknown>, why: string) =>
  Object.entries(fields).flatMap(([field, value]): Problem[] => (isGiven(value) ? [{ field, why }] : []));

/** The rows of a list. @throws GpuError if the list is shorter than its total and is read for the gate. */
export function rowsOf<T>(io: Io, { rows, missing }: Listed<T>, noun: string): T[] {
  if (missing === 0 || io.purpose !== 'gate') return rows;
  throw fail('unexpected_response', CUT_SHORT(missing, noun), { hint: CHECK_CONSOLE });
}

/**
 * The additions of Volt's documents to the status table (Volt API Reference, Error Codes). Only the status decides; the
 * reference shows a single value of `code`.
 */
const BY_STATUS: Readonly<Record<number, Partial<Reading>>> = {
  400: { hint: 'Correct what the message names.' },
  401: {
    verb: 'did not accept the API key: it is missing, wrong or revoked',
    hint: 'Set VOLT_API_KEY to a live key from the VoltageGPU dashboard (API Keys).',
  },
  402: { hint: 'Add funds on the VoltageGPU billing page; Volt has no endpoint that shows the balance.' },
  403: {
    verb: 'says that the API key lacks the permission (scope) for this',
    hint: 'Use a key with the scope for this resource; scopes are set in the VoltageGPU dashboard.',
  },
  404: { verb: 'says that it does not exist or belongs to another account' },
  422: { hint: 'Correct what the message names.' },
  429: {
    verb: 'allows 1,000 requests an hour with this key, and they are used up',
    hint: 'Wait as long as the cloud says, then call again.',
  },
  500: { hint: 'Contact Volt support if it persists.' },
  502: {
    verb: 'says that the provider behind it (Lium or Targon) is briefly unavailable',
    hint: 'Try again after a few seconds.',
  },
  503: {
    hint: 'This part of Volt may be switched off for the account; otherwise try again in a minute.',
  },
};

const NO_JOBS: Partial<Reading> = {
  code: 'unsupported',
  verb: 'has no fine-tuning on this account or version',
  hint: 'Rent a pod with create_pod and train there, or ask Volt support.',
};

const JOBS = '/fine-tuning';

/**
 * A fine-tuning route that is missing (404, 410; only if the path has no id) or answers 503 means that this account
 * or version has no fine-tuning: newer pages of the vendor leave it out.
 */
const lacksJobs = (status: number, route: string): boolean =>
  (route === JOBS && (status === 404 || status === 410)) || (route.startsWith(JOBS) && status === 503);

/** Volt's reading of a reply: its error codes, and a 2xx whose body reports a failure. */
export const explain: Explain = (reply, route) => {
  const { status, body } = reply;
  if (status >= 200 && status < 300) {
    const denies = isObject(body) && (body.success === false || body.error === true);
    return denies ? { code: 'upstream_error', verb: 'reports a failure' } : null;
  }
  // Volt's word for a part that is switched off, seen with 503 only.
  const refused = status === 503 && bodyCode(reply) === 'not_available';
  const reading = lacksJobs(status, route) ? NO_JOBS : (BY_STATUS[status] ?? null);
  return refused ? { code: 'unsupported', ...reading, refused } : reading;
};

/** Volt's error envelope: `{error: true, status, message, code}` (Volt API Reference, Error Response Format). */
export const isOwnError: IsOwnError = ({ status, body }) =>
  isObject(body) && body.error === true && body.status === status && typeof body.message === 'string';
