import { createRedactor } from '../../outbound/redact.ts';
import { safeText } from '../../outbound/reply.ts';
import { NEBULA_KEY_FORMS } from './key-forms.ts';

/** Hides what looks like a key or token of this cloud. */
export const hideKeys = createRedactor([], NEBULA_KEY_FORMS);

/** What the cloud said, safe to show: cleaned, at most 300 characters, without keys and passwords; null for nothing. */
export function words(said: unknown): string | null {
  const text = typeof said === 'string' ? safeText(said, hideKeys) : '';
  return text === '' ? null : text;
}
