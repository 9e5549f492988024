import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Planned } from '../core/plan.ts';
import type { Agreed } from '../store/records.ts';
import type { GateCall } from './deps.ts';
import { agreedPrices } from './limits.ts';

/** JSON with sorted keys and without undefined: the same input gives the same text in any order of keys. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** A random word that nobody can guess. */
export const newTicketWord = (): string => randomBytes(18).toString('base64url');

/** Under which key a ticket is kept: a reader of the store cannot use it. */
export const keyOf = (word: string): string => createHash('sha256').update(word).digest('base64url');

/** The digest of tool and input. Keyed with the ticket's word, so that a short secret in the input cannot be guessed from it. */
export const callDigest = (word: string, { tool, input }: Pick<GateCall, 'tool' | 'input'>): string =>
  createHmac('sha256', word)
    .update(canonical([tool, input]))
    .digest('base64url');

/** What a person agrees to with this plan. */
export const agreedOf = (planned: Planned): Agreed => ({
  plan: planned.plan,
  head: planned.head,
  facts: planned.facts,
  ...agreedPrices(planned),
  parts: planned.parts.map(({ plan: { action, ref }, head: { name } }) => ({ action, ref, name })),
});
