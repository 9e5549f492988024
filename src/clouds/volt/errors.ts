import { isCode } from '../../core/errors.ts';
import { isObject } from '../../core/text.ts';
import { bodyCode } from '../../outbound/replies.ts';
import type { Explain, IsOwnError, ReplyMeaning } from '../../outbound/send.ts';
import { errorsOf } from '../shared.ts';
import { VOLT } from './identity.ts';
import { READINGS } from './notes.ts';

/** The errors that this adapter raises itself. */
export const { fail, incomplete, notFound, refuseProblems, rowsOf, withNotFound, wrongId } = errorsOf(
  VOLT.id,
  VOLT.title,
);

/**
 * The error of an action: if Volt refused it for a reason that may be the state of the thing, one that names the state as it
 * is now, or that it is gone. `says`: the sentence about the state, and the next step.
 */
export async function withState(
  error: unknown,
  read: () => Promise<{ raw_state: string | null }>,
  says: { state: (state: string | null) => string; state_next: string },
): Promise<unknown> {
  if (!isCode(error, 'invalid_input', 'wrong_state')) return error;
  try {
    const { raw_state } = await read();
    return fail('wrong_state', `${error.message} ${says.state(raw_state)}`, {
      hint: says.state_next,
      cause: error,
    });
  } catch (reading) {
    return isCode(reading, 'not_found') ? reading : error;
  }
}

/**
 * The additions of Volt's documents to the status table (Volt API Reference, Error Codes). Only the status decides; the
 * reference shows a single value of `code`.
 */
const BY_STATUS: Readonly<Record<number, Partial<ReplyMeaning>>> = {
  400: { hint: READINGS.correct },
  401: { verb: READINGS.key, hint: READINGS.key_next },
  402: { hint: READINGS.funds },
  403: { verb: READINGS.scope, hint: READINGS.scope_next },
  404: { verb: READINGS.absent },
  422: { hint: READINGS.correct },
  429: { verb: READINGS.limit, hint: READINGS.limit_next },
  500: { hint: READINGS.fault },
  502: { verb: READINGS.provider, hint: READINGS.provider_next },
  503: { hint: READINGS.switched_off },
};

const NO_JOBS: Partial<ReplyMeaning> = {
  code: 'unsupported',
  verb: READINGS.no_jobs,
  hint: READINGS.no_jobs_next,
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
    return denies ? { code: 'upstream_error', verb: READINGS.failure } : null;
  }
  // Volt's word for a part that is switched off, seen with 503 only.
  const refused = status === 503 && bodyCode(reply) === 'not_available';
  const reading = lacksJobs(status, route) ? NO_JOBS : (BY_STATUS[status] ?? null);
  return refused ? { code: 'unsupported', ...reading, refused } : reading;
};

/** Volt's error envelope: `{error: true, status, message, code}` (Volt API Reference, Error Response Format). */
export const isOwnError: IsOwnError = ({ status, body }) =>
  isObject(body) && body.error === true && body.status === status && typeof body.message === 'string';
