import { GpuError } from '../core/errors.ts';
import { nearest, quote } from '../core/text.ts';

/** Words for states in other programs; the first state that the thing can have is suggested. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  ready: ['running'],
  up: ['running'],
  active: ['running'],
  online: ['running'],
  started: ['running', 'training'],
  running: ['training'],
  off: ['stopped'],
  paused: ['stopped'],
  terminated: ['deleted', 'cancelled'],
  removed: ['deleted'],
  gone: ['deleted'],
  done: ['terminal'],
  ended: ['terminal'],
  complete: ['terminal'],
  completed: ['terminal'],
  finished: ['terminal'],
  stopped: ['terminal'],
  success: ['succeeded'],
  error: ['failed'],
};

/** The refusal of a state that a thing cannot have, with the one that was probably meant. */
export function refuseUntil(allowed: readonly string[], until: string): GpuError {
  const known = Object.hasOwn(MEANT, until) ? MEANT[until] : undefined;
  const meant = known?.find((one) => allowed.includes(one)) ?? nearest(until, allowed);
  return new GpuError('invalid_input', `until: ${quote(until)} is not a state to wait for here.`, {
    hint: `${meant === null ? '' : `Did you mean ${meant}? `}Use one of: ${allowed.join(', ')}.`,
  });
}
