import { setTimeout as pause } from 'node:timers/promises';
import type { ReplicaClient, Replicas } from '../../testbed/replicas.ts';

const MACHINE = 'mach_rtx4090_01';
const ORDER = {
  machine: `volt:machine:${MACHINE}`,
  template: 'volt:template:tpl_pytorch21',
  ssh_keys: ['volt:ssh_key:key_abc123'],
  max_lifetime_hours: 2,
};
const CALL_MS = 8000;

/** `done`: with a ref; `refused`: nothing was done; `unknown`: it says that it does not know; `lost`: no answer came. */
export interface Claim {
  name: string;
  says: 'done' | 'refused' | 'unknown' | 'lost';
  code: string | null;
  ref: string | null;
}

const UNKNOWN = new Set(['outcome_unknown', 'in_progress', 'unexpected_response']);

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

function claimOf(name: string, body: Record<string, unknown>): Claim {
  const code = textOf(fieldOf(body.error, 'code'));
  const ref = textOf(fieldOf(body.pod, 'ref')) ?? textOf(body.ref);
  if (body.status === 'done') return { name, says: 'done', code, ref };
  const isUnknown = body.status === 'in_progress' || (code !== null && UNKNOWN.has(code));
  return { name, says: isUnknown ? 'unknown' : 'refused', code: code ?? textOf(body.status), ref };
}

/** A person's client orders; an agent's asks for a token first. */
export async function order(client: ReplicaClient, name: string): Promise<Claim> {
  const args = { ...ORDER, name };
  try {
    const first = await client.call('create_pod', args, CALL_MS);
    const token = textOf(fieldOf(first.confirmation, 'token'));
    if (token === null) return claimOf(name, first);
    const user_reply = textOf(fieldOf(first.confirmation, 'reply'));
    return claimOf(
      name,
      await client.call('create_pod', { ...args, confirmation_token: token, user_reply }, CALL_MS),
    );
  } catch {
    return { name, says: 'lost', code: null, ref: null };
  }
}

/** Frees all GPUs of the machine that is ordered. */
export const restock = ({ world }: Replicas, free: number): void => world.stock.set('volt', MACHINE, free);
export const freeOf = ({ world }: Replicas): number => world.stock.get('volt', MACHINE);

/** Whether a client goes on: one of several tries within some seconds is answered. */
export async function goesOn(client: ReplicaClient): Promise<boolean> {
  for (let tries = 0; tries < 6; tries += 1) {
    const isAnswered = await client.call('list_pods', {}, CALL_MS).then(
      (body) => body.error === undefined,
      () => false,
    );
    if (isAnswered) return true;
    await pause(1000);
  }
  return false;
}
