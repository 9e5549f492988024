import { StoreUnreachable } from '../core/store-error.ts';
import type { Agreed } from '../store/records.ts';
import type { GateCall, GateDeps } from './deps.ts';
import { type Policy, tokenSuffices } from './decide.ts';

/** The refs that this server made; none while the store is unreachable. */
const ownRefs = (deps: GateDeps): Promise<string[]> =>
  deps.store.orders.ownRefs().catch((error: unknown) => {
    if (error instanceof StoreUnreachable) return [];
    throw error;
  });

/** True if a plan removes only what this server made; what it only stops may be anybody's. */
async function isAllOurs({ plan, parts }: Pick<Agreed, 'plan' | 'parts'>, deps: GateDeps): Promise<boolean> {
  const removed = (parts.length === 0 ? [plan] : parts).filter(
    ({ action }) => deps.actions.get(action)?.effect !== 'interrupt',
  );
  const ours = removed.length === 0 ? [] : await ownRefs(deps);
  return removed.every(({ ref }) => ref !== null && ours.includes(ref));
}

/** What the operator and the client's abilities allow of a call: whether a token suffices depends on what the agreed plan removes. */
export async function policyFor(
  call: GateCall,
  agreed: Pick<Agreed, 'plan' | 'parts'>,
  deps: GateDeps,
): Promise<Policy> {
  const isUnattended = deps.mode === 'token' && call.effect === 'destroy';
  const isOurs = isUnattended && (await isAllOurs(agreed, deps));
  return {
    mode: deps.mode,
    read_only: deps.read_only,
    caps: deps.caps,
    can_ask: call.caller.can_ask,
    token_suffices: tokenSuffices(call, isOurs),
    is_metered: call.metered !== null,
  };
}
