import type { ErrorCode } from '../../core/errors.ts';
import type { Explain, Failure, Reply } from '../../outbound/send.ts';
import { isObject } from './wire.ts';
import { words } from './words.ts';

const TIER =
  'Nebula Block documents no codes for this: it may be the key, the tier or funds. Compare the tier and the balance of the account in its console.';
const FUNDS =
  'Tier or funds: see get_spend for the balance, add credits in the console of Nebula Block, and compare the tier of the account.';
const KEY =
  'Check NEBULA_API_KEY. A block by tier or funds may look the same: the meaning of the codes is documented nowhere.';
const STATE = 'Read the present state first: get_pod for an instance, list_machines for stock.';

/** An error code, with a hint where the one of the code says too little. */
type Meaning = [ErrorCode, string?];

/** What the words of a failure mean, first match first. The documents list no messages; our choice. */
const BY_WORDS: [RegExp, Meaning][] = [
  [/insufficient (?:stock|capacity|inventory|resources)|out of stock|sold out/i, ['wrong_state', STATE]],
  [
    /insufficient (?!permission|scope|privilege)|credit|balance|\bfunds?\b|deposit|top.?up/i,
    ['insufficient_funds', FUNDS],
  ],
  [/not found|does(?: not|n't) exist|no such/i, ['not_found']],
  [/too many requests|rate.?limit/i, ['rate_limited']],
  [
    /unauthori[sz]ed|not authenticated|(?:invalid|expired) (?:(?!ssh|public)\w+ )?(?:key|token|credentials?)\b(?! ?name)/i,
    ['unauthorized', KEY],
  ],
  [
    /forbidden|permission|not allowed|\btier\b|quota|limit reached|maximum number|exceed/i,
    ['forbidden', TIER],
  ],
  [
    /not support|unsupported|only supports?/i,
    ['unsupported', 'Some instances support nothing but deletion.'],
  ],
  [
    /stock|not available|unavailable|no capacity|already|\bstate\b|cannot (?:be )?(?:start|stop|reboot)/i,
    ['wrong_state', STATE],
  ],
  [/invalid|required|must be|validation|bad request/i, ['invalid_input']],
];

const BY_STATUS: Record<number, Meaning> = {
  401: ['unauthorized', KEY],
  402: ['insufficient_funds', FUNDS],
  403: ['forbidden', TIER],
  404: ['not_found'],
  405: ['unsupported', 'The cloud does not offer this request under the documented path.'],
  409: ['wrong_state', STATE],
  429: ['rate_limited'],
  502: ['upstream_unavailable'],
  503: ['upstream_unavailable'],
  504: ['upstream_unavailable'],
};

/** Bytes that turn out to be a JSON object are read as one: a download answers errors with an envelope. */
function readable(body: unknown): unknown {
  if (!(body instanceof Uint8Array) || body[0] !== 0x7b || body.length > 1_000_000) return body;
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return body;
  }
}

function complaint(item: unknown): string {
  if (!isObject(item)) return String(item);
  const place = Array.isArray(item.loc) ? `${item.loc.join('.')}: ` : '';
  return `${place}${String(item.msg ?? 'invalid')}`;
}

/** The cloud's own words: `message`, FastAPI's `detail`, or `error.message` of the inference API. */
function said(body: unknown): string | null {
  if (!isObject(body)) return null;
  if (Array.isArray(body.detail)) return words(body.detail.slice(0, 10).map(complaint).join('; '));
  const error = isObject(body.error) ? body.error.message : body.error;
  return words(body.message) ?? words(body.detail) ?? words(error);
}

function byWords(text: string | null, otherwise: ErrorCode): Meaning {
  const found = BY_WORDS.find(([pattern]) => text !== null && pattern.test(text));
  return found?.[1] ?? [otherwise];
}

/** The `status` of an envelope. A body with an id of its own is no envelope: its status is that of the thing. */
const statusIn = (body: unknown): string | null =>
  isObject(body) && typeof body.status === 'string' && body.id === undefined ? body.status.trim() : null;

/** What a reply that came with a 2xx code says of itself; `unclear` where its status is neither success nor failure. */
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

function failure(message: string, [code, hint]: Meaning): Failure {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

const quoted = (text: string | null): string => (text === null ? '' : `: "${text.replaceAll('"', "'")}"`);

/** A code that is not in the table: redirects are not followed, other 4xx are told apart by their words. */
function byStatus(status: number, text: string | null): Meaning {
  if (status < 400) return ['unexpected_response'];
  return BY_STATUS[status] ?? (status < 500 ? byWords(text, 'invalid_input') : ['upstream_error']);
}

/**
 * Tells failures of Nebula Block from successes. HTTP codes are documented nowhere: a 2xx whose envelope says
 * `status: "failed"` is an error like any other code (Nebula Block API Reference, "status" of every response).
 * Successes of the inference API and of a download have no envelope.
 */
export const explain: Explain = (reply: Reply) => {
  const body = readable(reply.body);
  const text = said(body);
  const { status } = reply;
  if (status < 200 || status > 299) {
    return failure(`Nebula answered HTTP ${status}${quoted(text)}`, byStatus(status, text));
  }
  const outcome = outcomeOf(body);
  if (outcome === 'success') return null;
  if (outcome === 'unclear') {
    // Not a refusal: an order that is "pending" may become an instance that costs money.
    const word = quoted(words(statusIn(body)));
    return failure(`Nebula answered with a status that is neither success nor failed${word}${quoted(text)}`, [
      'unexpected_response',
    ]);
  }
  const why = text === null ? ' without giving a reason' : quoted(text);
  return failure(`Nebula refused${why}`, byWords(text, 'upstream_error'));
};
