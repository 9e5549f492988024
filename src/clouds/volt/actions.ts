import * as z from 'zod';
import type { ActionReply } from '../../core/cloud.ts';
import { clean } from '../../core/text.ts';
import { flag, isObject, text, toNum } from '../fields.ts';
import { fail } from './errors.ts';
import type { Reading } from './reading.ts';
import { snakeKeys } from './reading.ts';

const MONEY_FIELD = /^[a-z_]{0,40}(?:refund|prepaid|credit|charge|amount|balance)[a-z_]{0,40}$/;

/** Amounts in fields whose names speak of money (newer versions add e.g. `prepaid_refund` to a stop). */
const moneyIn = (part: Record<string, unknown>): string[] =>
  Object.entries(part).flatMap(([field, value]) => {
    const amount = toNum(value);
    return amount !== null && MONEY_FIELD.test(field) ? [`${field} = ${amount}`] : [];
  });

/** The reply with what stands in its `pod`, `job` or `data`. An empty body counts as a bare success. */
function flattened(body: unknown): unknown {
  const reply = body === null || body === undefined || body === '' ? {} : snakeKeys(body);
  if (!isObject(reply)) return reply;
  const inner = [reply.pod, reply.job, reply.data].find(isObject) ?? {};
  const given = Object.entries(reply).filter(([, value]) => value !== null && value !== undefined);
  return { ...inner, ...Object.fromEntries(given), money: [...moneyIn(reply), ...moneyIn(inner)] };
}

/** The reply to an action. */
export const actionReply = z
  .preprocess(
    flattened,
    z.object({ status: text(60), message: text(500), deleted: flag, money: z.array(z.string()) }),
  )
  .transform((value): Reading<ActionWire> => ({ value, drift: [] }));

/** A parsed reply to an action; `money` has a line for each amount in it. */
export interface ActionWire {
  status: string | null;
  message: string | null;
  deleted: boolean | null;
  money: string[];
}

/**
 * What the cloud said after an action, followed by our notes. Amounts that no document explains are reported, never
 * interpreted.
 * @throws GpuError `upstream_error` if a success says `deleted: false`.
 */
export function toReply(reply: ActionWire, notes: readonly string[]): ActionReply {
  if (reply.deleted === false) {
    throw fail('upstream_error', 'Volt accepted the call but says that it deleted nothing.', {
      hint: 'List what exists before trying again.',
    });
  }
  const money = reply.money.map(
    (line) => `The cloud's reply also says ${clean(line, 120)}; no document explains it.`,
  );
  return { message: reply.message, raw_state: reply.status, notes: [...money, ...notes] };
}
