import { clean } from '../core/text.ts';
import type { Redact } from './redact.ts';
import type { Reply } from './send.ts';

const MAX_WORDS = 300;
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;
const HTTP_DATE = /^[A-Za-z]{3,9}, [0-9A-Za-z: -]+ GMT$/;

/** True for any 2xx: Nebula documents no statuses at all, and Volt 200 and 201. */
export const isSuccess = (reply: Reply): boolean => reply.status >= 200 && reply.status <= 299;

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

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const asText = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value : null;

/** The machine-readable code in an error body, lower case: `code`, or `error.code` in the OpenAI form. */
export function bodyCode(reply: Reply): string | null {
  if (!isRecord(reply.body)) return null;
  const nested = isRecord(reply.body.error) ? asText(reply.body.error.code) : null;
  return (asText(reply.body.code) ?? nested)?.toLowerCase() ?? null;
}

const detailWords = (detail: unknown): string | null => {
  if (!Array.isArray(detail)) return asText(detail);
  const parts = detail.slice(0, 5).map((item: unknown) => {
    if (!isRecord(item)) return asText(item) ?? '';
    const where = Array.isArray(item.loc) ? `${item.loc.join('.')}: ` : '';
    return `${where}${asText(item.msg) ?? ''}`;
  });
  return asText(parts.filter((part) => part !== '').join('; '));
};

/**
 * The human words in a reply's JSON body, raw: `message` (both clouds), `error` or `error.message` (OpenAI form),
 * `detail` (FastAPI form). Null where there are none, as in an HTML page of a proxy.
 */
export function wordsOf(body: unknown): string | null {
  if (!isRecord(body)) return null;
  const { message, error, detail } = body;
  const nested = isRecord(error) ? asText(error.message) : asText(error);
  return asText(message) ?? nested ?? detailWords(detail);
}

const PASSWORD = /\b((?:vm_)?passw(?:or)?d|pwd)(["']? ?(?:[:=]|is\b)? ?["']?)(\S+)/gi;
const PLAIN_WORD = /^[a-z]+[.,;!?]*$/;

/** What follows the word "password" is hidden: details of instances carry passwords, and a message might repeat one. */
const hidePasswords = (text: string): string =>
  text.replace(PASSWORD, (all: string, word: string, between: string, next: string) =>
    PLAIN_WORD.test(next) && !/[:=]/.test(between) ? all : `${word}${between}[hidden]`,
  );

// More than `clean` looks at, so that no secret is cut in two before it is replaced.
const MAX_READ = 65_536;

/** Text that a cloud had a part in, made safe to show: no secrets, no control characters, at most 300 characters. */
export const safeText = (text: string, redact: Redact): string =>
  clean(hidePasswords(redact(clean(redact(text.slice(0, MAX_READ)), 2_000))), MAX_WORDS);

/** A cloud's words as data inside a sentence: `safeText` in double quotes that it cannot close. */
export const quoteWords = (words: string, redact: Redact): string =>
  `"${safeText(words, redact).replaceAll('"', "'")}"`;
