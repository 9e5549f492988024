import { createHash } from 'node:crypto';
import type { Planned } from '../core/plan.ts';
import type { Binding } from '../store/token.ts';
import { agreedPrices } from './limits.ts';

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** JSON with sorted keys and without undefined: the same input gives the same text whatever its key order. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** The binding of a plan: its call and session, its target, every fact that was read, and its price. */
export const bind = (call: string, session: string, planned: Planned): Binding => ({
  call: digest(call),
  session,
  state: canonical([planned.plan.ref, planned.plan.summary, planned.facts]),
  ...agreedPrices(planned),
});
