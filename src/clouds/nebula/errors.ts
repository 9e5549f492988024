import type { ErrorCode } from '../../core/errors.ts';
import { isObject } from '../../core/text.ts';
import { wordsOf } from '../../outbound/replies.ts';
import type { Explain, IsOwnError, ReplyMeaning } from '../../outbound/send.ts';
import { errorsOf } from '../shared.ts';
import { NEBULA } from './identity.ts';
import { HINTS, REPLIES } from './notes.ts';

/** The errors that this adapter raises itself. */
export const { fail, incomplete, refuseProblems, rowsOf, withNotFound, wrongId } = errorsOf(
  NEBULA.id,
  NEBULA.title,
);

const DIGITS = /^\d{1,15}$/;

/**
 * The id of a key or an invoice, which Nebula Block counts in integers.
 * @throws GpuError `invalid_input` for anything but digits.
 */
export function digits(id: string, field: string, listedBy: string): string {
  if (DIGITS.test(id)) return id;
  throw fail('invalid_input', REPLIES.no_digits(field), {
    hint: REPLIES.no_digits_next(listedBy),
  });
}

/** An error code, with a hint if the usual one is not enough. */
type Meaning = [ErrorCode, string?];

/** The meaning of a failure's words; the first match counts. The documents list no messages: our choice. */
const BY_WORDS: [RegExp, Meaning][] = [
  [
    /insufficient (?:stock|capacity|inventory|resources)|out of stock|sold out/i,
    ['wrong_state', HINTS.state],
  ],
  [
    /insufficient (?!permission|scope|privilege)|credit|balance|\bfunds?\b|deposit|top.?up/i,
    ['insufficient_funds', HINTS.funds],
  ],
  [/not found|does(?: not|n't) exist|no such/i, ['not_found']],
  [/too many requests|rate.?limit/i, ['rate_limited']],
  [
    /unauthori[sz]ed|not authenticated|(?:invalid|expired) (?:(?!ssh|public)\w+ )?(?:key|token|credentials?)\b(?! ?name)/i,
    ['unauthorized', HINTS.key],
  ],
  [
    /forbidden|permission|not allowed|\btier\b|quota|limit reached|maximum number|exceed/i,
    ['forbidden', HINTS.tier],
  ],
  [/not support|unsupported|only supports?/i, ['unsupported', HINTS.only_delete]],
  [
    /stock|not available|unavailable|no capacity|already|\bstate\b|cannot (?:be )?(?:start|stop|reboot)/i,
    ['wrong_state', HINTS.state],
  ],
  [/invalid|required|must be|validation|bad request/i, ['invalid_input']],
];

/** Additions to the general table of statuses; the documents list no codes. */
const BY_STATUS: Record<number, Partial<ReplyMeaning>> = {
  401: { hint: HINTS.key },
  402: { hint: HINTS.funds },
  403: { hint: HINTS.tier },
  405: { hint: HINTS.no_route },
  409: { hint: HINTS.state },
};

/** True for statuses that explain less than the message of the reply. */
const isVague = (status: number): boolean =>
  status >= 400 && status < 500 && ![401, 402, 403, 404, 405, 408, 409, 410, 429].includes(status);

const MAX_SEARCHED = 2_000;

function byWords(text: string | null, otherwise: ErrorCode): Meaning {
  const searched = text?.slice(0, MAX_SEARCHED) ?? '';
  const found = BY_WORDS.find(([pattern]) => pattern.test(searched));
  return found?.[1] ?? [otherwise];
}

/** The `status` of an envelope. A body with an id of its own is no envelope: its status is that of the thing. */
const statusIn = (body: unknown): string | null =>
  isObject(body) && typeof body.status === 'string' && body.id === undefined ? body.status.trim() : null;

/** The outcome that the body of a 2xx reply states; `unclear` if its status is neither success nor failure. */
function outcomeOf(body: unknown): 'success' | 'failed' | 'unclear' {
  if (!isObject(body)) return 'success';
  const status = statusIn(body);
  if (status !== null) {
    if (/^(?:success|ok)$/i.test(status)) return 'success';
    return /^(?:fail|error|reject|refuse|den(?:y|ied))/i.test(status) ? 'failed' : 'unclear';
  }
  const empty = body.data === undefined && body.choices === undefined;
  const complains = body.detail !== undefined || (body.error !== undefined && body.error !== null);
  return empty && complains ? 'failed' : 'success';
}

const asReplyMeaning = ([code, hint]: Meaning): Partial<ReplyMeaning> => ({
  code,
  ...(hint !== undefined && { hint }),
});

/**
 * Separates failures of Nebula Block from successes. HTTP codes are not documented: a 2xx whose envelope says
 * `status: "failed"` is an error like any other code (Nebula Block API Reference, "status" of every response).
 * Successes of the inference API and of a download have no envelope.
 */
export const explain: Explain = ({ status, body }) => {
  const text = wordsOf(body);
  if (status < 200 || status > 299) {
    return isVague(status) ? asReplyMeaning(byWords(text, 'invalid_input')) : (BY_STATUS[status] ?? null);
  }
  const outcome = outcomeOf(body);
  if (outcome === 'success') return null;
  if (outcome === 'failed') return asReplyMeaning(byWords(text, 'upstream_error'));
  // Not a refusal: an order that is "pending" may become an instance that costs money.
  return {
    code: 'unexpected_response',
    verb: REPLIES.unclear,
  };
};

const INFERENCE = ['/chat/completions', '/embeddings'];

/**
 * Nebula's failure envelope `{message, status: "failed"}` (Nebula Block API Reference, "status" of every response); on
 * the inference API, errors in the OpenAI form. The bare `{"detail": "Not Found"}` of a missing route is neither.
 */
export const isOwnError: IsOwnError = ({ body }, route) => {
  if (!isObject(body)) return false;
  if (INFERENCE.includes(route) && isObject(body.error)) return typeof body.error.message === 'string';
  return typeof body.message === 'string' && /^fail/i.test(statusIn(body) ?? '');
};
