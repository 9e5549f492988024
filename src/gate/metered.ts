import { randomUUID } from 'node:crypto';
import { asGpuError, GpuError } from '../core/errors.ts';
import { mayHaveRun } from '../core/outcome.ts';
import type { Metered, Plan, Planned } from '../core/plan.ts';
import type { AllowanceLeft, Use } from '../store/port.ts';
import { GRANTORS, type Grantor } from '../store/records.ts';
import { unsaved } from './admission.ts';
import { ALLOWANCE_MS, allowanceKey, grantorsIn, nameOfUse, termsOf } from './allowance.ts';
import { audit, type Trail } from './audit.ts';
import type { Done, GateCall, GateDeps } from './deps.ts';
import { writeOnce } from './execute.ts';
import { SAYS } from './messages.ts';

const useOf = ({ usd }: Metered): Use => (usd === null ? { usd: 0, calls: 1 } : { usd, calls: 0 });

const keyFor = ({ caller }: GateCall, { cloud }: Metered, deps: GateDeps): string =>
  allowanceKey(caller.principal, cloud, deps);

/** A step in the store that a metered call depends on. @throws GpuError: nothing was sent */
async function saved<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw unsaved('The use could not be counted', error);
  }
}

/** Carries a metered call out if an allowance covers it; null if somebody has to be asked. */
export async function withinAllowance(
  call: GateCall,
  metered: Metered,
  trail: Trail,
  deps: GateDeps,
): Promise<Done | null> {
  const by = grantorsIn(deps.mode);
  if (by.length === 0 || termsOf(metered, deps) === null) return null;
  call.signal.throwIfAborted();
  call.sending.begin();
  const key = keyFor(call, metered, deps);
  const left = await saved(() => deps.store.allowances.draw(key, useOf(metered), by));
  if (left === null) return null;
  trail.answer = 'allowance';
  return send(call, metered, { left, planned: null }, trail, deps);
}

/** Why no token may be handed out for a metered call; null if one may: a token grants one allowance a day. */
export async function tokenRefusal(
  call: GateCall,
  metered: Metered,
  plan: Plan,
  deps: GateDeps,
): Promise<GpuError | null> {
  if (termsOf(metered, deps) === null) return null;
  const ms = await deps.store.allowances.tokenWaits(keyFor(call, metered, deps), ALLOWANCE_MS);
  return ms > 0 ? usedUp(plan, ms, deps) : null;
}

const usedUp = (plan: Plan, ms: number, deps: GateDeps): GpuError =>
  new GpuError(
    'confirmation_required',
    SAYS.day_used(new Date(deps.now().getTime() + ms).toISOString().slice(0, 16)),
    { hint: SAYS.day_used_next, plan },
  );

/** Carries out a metered call that was just consented to; the consent may cover the calls of a day. */
export async function executeMetered(
  call: GateCall,
  metered: Metered,
  planned: Planned,
  trail: Trail,
  deps: GateDeps,
): Promise<Done> {
  call.sending.begin();
  const by = GRANTORS.find((one) => one === trail.answer);
  const left = by === undefined ? null : await granted(call, metered, { planned, by }, deps);
  const { ticket } = trail;
  // No order stands behind it: if this process dies, nobody can find out whether it was sent.
  if (ticket !== null) await saved(() => deps.store.tickets.ordered(ticket, randomUUID()));
  return send(call, metered, { left, planned }, trail, deps);
}

/** Grants a day of calls and draws the first; null if the consent covers this call alone. */
async function granted(
  call: GateCall,
  metered: Metered,
  { planned: { plan }, by }: { planned: Planned; by: Grantor },
  deps: GateDeps,
): Promise<AllowanceLeft | null> {
  const terms = termsOf(metered, deps);
  if (terms === null) return null;
  const { allowances } = deps.store;
  const key = keyFor(call, metered, deps);
  await saved(() => allowances.grant(key, { ...terms, by, for_ms: ALLOWANCE_MS }));
  // If another token has granted one meanwhile, this call is drawn from that one.
  const left = await saved(() => allowances.draw(key, useOf(metered), grantorsIn(deps.mode)));
  if (left !== null) return left;
  throw usedUp(plan, await saved(() => allowances.tokenWaits(key, ALLOWANCE_MS)), deps);
}

/** Sends it once. What it did not use goes back; if its reply was lost, it counts as used. */
async function send(
  call: GateCall,
  metered: Metered,
  { left, planned }: { left: AllowanceLeft | null; planned: Planned | null },
  trail: Trail,
  deps: GateDeps,
): Promise<Done> {
  const giveBack = async (use: Use) => {
    if (left === null) return;
    const key = keyFor(call, metered, deps);
    await deps.store.allowances
      .giveBack(key, left.grant, use)
      .catch((error: unknown) =>
        deps.log({ level: 'warn', msg: 'an allowance keeps what was not used', error: String(error) }),
      );
  };
  const covered = planned === null && left !== null ? `, ${SAYS.covered(left)}` : '';
  trail.use = { summary: `${planned?.plan.summary ?? nameOfUse(call)}${covered}`, usd: metered.usd };
  try {
    trail.sent = true;
    const done = await writeOnce(call, planned, null, deps);
    const { usd: paid = null } = done;
    if (paid !== null) trail.use.usd = paid;
    if (paid !== null && metered.usd !== null) await giveBack({ usd: metered.usd - paid, calls: 0 });
    await audit(call, trail, deps, 'done');
    return done;
  } catch (error) {
    if (!mayHaveRun(asGpuError(error).code)) await giveBack(useOf(metered));
    throw error;
  }
}
