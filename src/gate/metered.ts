import { asGpuError, GpuError } from '../core/errors.ts';
import { mayHaveRun } from '../core/outcome.ts';
import { completePlan, type Metered, type Plan, type Planned } from '../core/plan.ts';
import { GRANTORS, type Grantor } from '../core/policy.ts';
import type { AllowanceLeft, Use } from '../store/port.ts';
import { admitOrder, notSaved } from './admission.ts';
import { ALLOWANCE_MS, allowanceKey, grantorsIn, termsOf } from './allowance.ts';
import type { CallRecord } from './audit.ts';
import type { Done, GateCall, GateDeps } from './deps.ts';
import { closeOrder, writeOnce } from './execute.ts';
import { ORDER_SAYS, SAYS } from './messages.ts';

const useOf = ({ usd }: Metered): Use => (usd === null ? { usd: 0, calls: 1 } : { usd, calls: 0 });

const keyFor = ({ caller }: GateCall, { cloud }: Metered, deps: GateDeps): string =>
  allowanceKey(caller.principal, cloud, deps);

/** A step in the store that a metered call depends on. @throws GpuError: nothing was sent */
async function saved<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw notSaved(ORDER_SAYS.uncounted, error);
  }
}

/** Executes a metered call if an allowance covers it; null if a consent is needed. */
export async function withinAllowance(
  call: GateCall,
  metered: Metered,
  record: CallRecord,
  deps: GateDeps,
): Promise<Done | null> {
  const by = grantorsIn(deps.mode);
  if (by.length === 0 || termsOf(metered, deps) === null) return null;
  call.signal.throwIfAborted();
  call.sending.begin();
  const key = keyFor(call, metered, deps);
  const left = await saved(() => deps.store.allowances.draw(key, useOf(metered), by));
  if (left === null) return null;
  record.answer = 'allowance';
  return sendOnce(call, metered, { left, planned: null }, record, deps);
}

/** Why no token may be handed out for a metered call; null if one may. A token grants one allowance a day. */
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

/** Executes a metered call that was just consented to; the consent may cover the calls of a day. */
export async function executeMetered(
  call: GateCall,
  metered: Metered,
  planned: Planned,
  record: CallRecord,
  deps: GateDeps,
): Promise<Done> {
  call.sending.begin();
  const by = GRANTORS.find((one) => one === record.answer);
  const left = by === undefined ? null : await grant(call, metered, { planned, by }, deps);
  return sendOnce(call, metered, { left, planned }, record, deps);
}

/** Grants a day of calls and draws the first; null if the consent covers this call alone. */
async function grant(
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
  // If another token has granted an allowance meanwhile, this call is drawn from that one.
  const left = await saved(() => allowances.draw(key, useOf(metered), grantorsIn(deps.mode)));
  if (left !== null) return left;
  throw usedUp(plan, await saved(() => allowances.tokenWaits(key, ALLOWANCE_MS)), deps);
}

/**
 * Records the call before it is sent, so that a crash meanwhile is reported. Its input is not recorded: its result cannot
 * be searched for, a prompt is private, and an image is large. Returns the order's id.
 */
function admitUse(
  call: GateCall,
  { cloud, usd }: Metered,
  summary: string,
  ticket: string | null,
  deps: GateDeps,
): Promise<string | null> {
  const at = deps.now().toISOString();
  const cost = { usd_per_hour: 0, usd_upfront: usd, usd_upfront_max: usd, basis: summary, quoted_at: at };
  const plan = { ref: null, summary, effects: [], consequences: [], challenge: '', cost };
  const head = { what: summary, name: null, until: null, worst: '' };
  const draft = completePlan(call.tool, at, { plan, head, cloud, data: null });
  return admitOrder({ ...call, input: {}, name: null }, draft, null, ticket, deps);
}

/** Sends the call once. What it did not use is given back; if its reply was lost, all of it counts as used. */
async function sendOnce(
  call: GateCall,
  metered: Metered,
  { left, planned }: { left: AllowanceLeft | null; planned: Planned | null },
  record: CallRecord,
  deps: GateDeps,
): Promise<Done> {
  const giveBack = async (use: Use) => {
    if (left === null) return;
    const key = keyFor(call, metered, deps);
    await deps.store.allowances.giveBack(key, left.grant, use).catch((error: unknown) =>
      deps.log({
        level: 'warn',
        msg: 'what a call did not use could not be given back',
        error: String(error),
      }),
    );
  };
  const covered = planned === null && left !== null ? `, ${SAYS.covered(left)}` : '';
  const summary = `${planned?.plan.summary ?? `${call.tool} with ${metered.model}`}${covered}`;
  record.use = { summary, usd: metered.usd };
  let id: string | null = null;
  const end = (outcome: string, took_effect: boolean) =>
    closeOrder(call, id, { outcome, took_effect, ref: null, ended: null }, record, deps);
  try {
    const { ticket } = record;
    const made = await admitUse(call, metered, summary, ticket, deps);
    id = made;
    if (ticket !== null && made !== null) await saved(() => deps.store.tickets.ordered(ticket, made));
    record.sent = true;
    const done = await writeOnce(call, planned, null, deps);
    const { usd: paid = null } = done;
    if (paid !== null) record.use.usd = paid;
    if (paid !== null && metered.usd !== null) await giveBack({ usd: metered.usd - paid, calls: 0 });
    await end('done', true);
    return done;
  } catch (error) {
    const { code } = asGpuError(error);
    if (!record.sent || !mayHaveRun(code)) await giveBack(useOf(metered));
    await end(code, false);
    throw error;
  }
}
