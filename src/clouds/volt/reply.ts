import type { ActionReply } from '../../core/cloud.ts';
import { GpuError } from '../../core/errors.ts';
import { cleanOrNull } from '../../core/text.ts';
import type { ActionWire } from './wire.ts';

/**
 * What the cloud said after an action, followed by our notes. Numbers in fields about money that no document names
 * are reported, never interpreted.
 * @throws GpuError `upstream_error` where a success says `deleted: false`.
 */
export function toReply(reply: ActionWire, notes: readonly string[]): ActionReply {
  if (reply.deleted === false) {
    throw new GpuError('upstream_error', 'Volt accepted the call but says that it deleted nothing.', {
      hint: 'List what exists before trying again.',
      cloud: 'volt',
    });
  }
  const money = reply.money.map(
    ({ field, amount }) => `The cloud's reply also says ${field} = ${amount}; no document explains it.`,
  );
  return {
    message: cleanOrNull(reply.message, 500),
    raw_state: cleanOrNull(reply.status, 60),
    notes: [...money, ...notes],
  };
}
