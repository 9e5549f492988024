import { clean } from '../../core/text.ts';
import { createRedactor } from '../../outbound/redact.ts';

/** Hides what looks like a key or token of either cloud. */
export const hideKeys = createRedactor([]);

const PASSWORD = /\b((?:vm_)?passw(?:or)?d|pwd)(["']?\s*(?:[:=]|\bis\b)?\s*["']?)(\S+)/gi;
const PLAIN_WORD = /^[a-z]+[.,;!?]*$/;

/**
 * What the cloud said, safe to show: cleaned, at most 300 characters, without keys and without what
 * follows the word "password", because details of instances carry passwords in clear and a message might repeat one.
 */
export function words(said: unknown): string | null {
  if (typeof said !== 'string') return null;
  const hidden = hideKeys(clean(said, 600)).replace(
    PASSWORD,
    (all: string, word: string, between: string, next: string) =>
      PLAIN_WORD.test(next) && !/[:=]/.test(between) ? all : `${word}${between}[hidden]`,
  );
  const text = clean(hidden, 300);
  return text === '' ? null : text;
}
