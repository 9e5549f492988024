import { GpuError } from '../core/errors.ts';
import type { Planned } from '../core/plan.ts';
import type { Fleet } from '../core/spend.ts';
import { StoreUnreachable } from '../core/store-error.ts';
import type { Admission, FleetRefs, NewOrder, Reserved } from '../store/port.ts';
import type { GateDeps, RecordedCall } from './deps.ts';
import { judgeCaps, usageOf } from './limits.ts';
import { LIMIT_SAYS, ORDER_SAYS, SAYS } from './messages.ts';

/** The part of a fleet reading that reservations are compared with. */
export const readingOf = ({ pods }: Fleet): FleetRefs => ({
  listed: pods.map(({ pod }) => pod.ref),
  burning: pods.filter(({ rate }) => (rate.usd_per_hour_max ?? 1) > 0).map(({ pod }) => pod.ref),
});

/** The fleet with the reservations of orders that it does not show yet. */
export const withReserved = (fleet: Fleet, reserved: Reserved): Fleet => ({ ...fleet, reserved });

const NO_READING: FleetRefs = { listed: [], burning: [] };

/** The room that the caps leave above a reading; an unknown burn leaves none for what costs. */
function roomIn(fleet: Fleet, { caps }: GateDeps): Reserved {
  const { usd_per_hour, pods } = usageOf({ ...fleet, reserved: { usd_per_hour: 0, pods: 0 } });
  return {
    usd_per_hour: usd_per_hour === null ? 0 : caps.max_usd_per_hour - usd_per_hour,
    pods: caps.max_pods - pods,
  };
}

const toOrder = (call: RecordedCall, planned: Planned, ticket: string | null, deps: GateDeps): NewOrder => ({
  at: deps.now().toISOString(),
  tool: call.tool,
  cloud: planned.cloud,
  principal: call.caller.principal,
  name: call.name,
  target: planned.plan.ref,
  ticket,
  input: call.input,
  planned: {
    plan: planned.plan,
    cloud: planned.cloud,
    before: [...planned.before],
    facts: planned.facts,
    adds: planned.adds,
    data: planned.data,
  },
  adds:
    call.effect === 'spend'
      ? { usd_per_hour: planned.adds.usd_per_hour ?? 0, pods: planned.adds.pods }
      : { usd_per_hour: 0, pods: 0 },
});

/** True for an action that is sent whatever the state of the store is: it ends costs, or the billing of its thing. */
export const mayGoUnrecorded = (
  { ends_billing, plan: { action } }: Planned,
  { actions }: GateDeps,
): boolean => ends_billing || actions.get(action)?.endsCosts === true;

/**
 * Records the order if it fits under the caps together with what other orders reserve. Returns its id; null only
 * for an action that ends costs if it cannot be recorded: that must always be possible.
 * @throws GpuError `over_limit`, `wrong_state` (an order of that name is unfinished, or a server of an older version runs), `upstream_error` (no store)
 */
export async function admitOrder(
  call: RecordedCall,
  planned: Planned,
  fleet: Fleet | null,
  ticket: string | null,
  deps: GateDeps,
): Promise<string | null> {
  const reading = fleet === null ? NO_READING : readingOf(fleet);
  const room = fleet === null ? null : roomIn(fleet, deps);
  let admission: Admission;
  try {
    admission = await deps.store.orders.admit(toOrder(call, planned, ticket, deps), reading, room);
  } catch (error) {
    if (mayGoUnrecorded(planned, deps)) {
      deps.log({
        level: 'error',
        msg: 'an order could not be recorded and is sent anyway',
        error: String(error),
      });
      return null;
    }
    throw notSaved(ORDER_SAYS.unsaved, error);
  }
  if (admission.kind === 'admitted') return admission.id;
  if (admission.kind === 'full' && fleet !== null) {
    const over = judgeCaps(planned, deps.caps, usageOf(withReserved(fleet, admission.reserved)));
    throw (
      over ??
      new GpuError('over_limit', `${LIMIT_SAYS.no_room} ${SAYS.nothing_done}`, {
        hint: LIMIT_SAYS.no_room_next,
        plan: planned.plan,
      })
    );
  }
  if (admission.kind === 'blocked') {
    throw new GpuError('wrong_state', `${admission.why} ${SAYS.nothing_done}`, {
      hint: ORDER_SAYS.blocked_next,
      plan: planned.plan,
    });
  }
  throw nameTaken(call, planned, admission);
}

/** The refusal of a write that could not be recorded before it was sent. `what`: the sentence about it. */
export const notSaved = (what: string, error: unknown): GpuError =>
  new GpuError('upstream_error', what, { hint: hintAfter(error), cause: error });

/** What to do if an order could not be saved. */
function hintAfter(error: unknown): string {
  if (error instanceof StoreUnreachable) return ORDER_SAYS.store_away_next(error.message);
  if (error instanceof GpuError && error.hint !== null)
    return ORDER_SAYS.unsaved_next(`${error.message} ${error.hint}`);
  return ORDER_SAYS.directory_next;
}

function nameTaken(call: RecordedCall, { plan }: Planned, admission: Admission): GpuError {
  const at = admission.kind === 'busy' ? admission.order.at : null;
  return new GpuError(
    'wrong_state',
    `${ORDER_SAYS.name_taken(call.tool, call.name, at)} ${SAYS.nothing_done}`,
    { hint: ORDER_SAYS.name_taken_next, plan },
  );
}
