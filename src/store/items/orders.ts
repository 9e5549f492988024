import { randomUUID } from 'node:crypto';
import { USD_EPSILON } from '../../core/policy.ts';
import type { CloudId } from '../../core/ref.ts';
import { type Clock, elapsed, isBefore, momentOf } from '../clock.ts';
import type { Collection, Row } from '../collection.ts';
import type { Exclusive } from '../lock.ts';
import {
  type Admission,
  CLOSED_MS,
  type FleetRefs,
  type LeaseItems,
  MADE_MS,
  type NewOrder,
  type Orders,
  RESERVED_MS,
  type Reserved,
} from '../port.ts';
import type { AuditLine, Order } from '../records.ts';

/** What the orders need of the store around them. */
interface OrderDeps {
  collection: Collection<Order>;
  keyOf: KeyOf;
  clock: Clock;
  exclusive: Exclusive;
  /** Writes an audit line. `isAgain`: not if its order has a line already. */
  deliver: (line: AuditLine, isAgain: boolean) => Promise<void>;
  /** Hides secrets in an order before it is stored. */
  redact: (order: Order) => Order;
  leases: Pick<LeaseItems, 'add' | 'addMissing'>;
}

/** The fingerprint of the present key of a cloud; null = not known. */
export type KeyOf = (cloud: CloudId | null) => string | null;

/** True if the present key made a record. */
export const isPresent = (key: string | null, cloud: CloudId | null, keyOf: KeyOf): boolean =>
  key === null || keyOf(cloud) === null || key === keyOf(cloud);

/** The ref of the new thing that an order made; null if it made none. A start or a stop acts on an existing pod. */
export const madeRef = ({ ref, target, took_effect }: Order): string | null =>
  took_effect && ref !== null && ref !== target ? ref : null;

/** True if an order certainly made its ref: what a recovery found may be another's. */
export const isProven = ({ outcome }: Order): boolean => outcome !== 'recovered';

/** True while an order counts against the caps in addition to what lists show. */
function isReserved(order: Order, all: readonly Order[], clock: Clock): boolean {
  if (order.state === 'closed' && !order.took_effect) return false;
  if (order.settled !== null && elapsed(clock, order.settled) >= RESERVED_MS) return false;
  const ref = order.ref ?? order.target;
  return !all.some(
    ({ ended, settled }) =>
      ended !== null && ended === ref && settled !== null && !isBefore(settled, order.made),
  );
}

/** The reservations that the reading does not show: a listed pod is not counted twice, nor the cost of a burning one. */
export function sumReserved(all: readonly Order[], reading: FleetRefs, clock: Clock): Reserved {
  const sum = { usd_per_hour: 0, pods: 0 };
  for (const order of all) {
    if (!isReserved(order, all, clock)) continue;
    const ref = order.ref ?? order.target;
    if (ref !== null && reading.burning.includes(ref)) continue;
    sum.usd_per_hour += order.adds.usd_per_hour;
    if (ref === null || !reading.listed.includes(ref)) sum.pods += order.adds.pods;
  }
  return sum;
}

/** Why an order is not admitted; null if it is. `room`: see `Orders.admit`. */
export function judgeAdmission(
  { tool, name, cloud, adds }: NewOrder,
  all: readonly Order[],
  reading: FleetRefs,
  room: Reserved | null,
  clock: Clock,
): Admission | null {
  const busy = all.find(
    (other) =>
      name !== null &&
      other.name === name &&
      other.tool === tool &&
      other.cloud === cloud &&
      other.state === 'open',
  );
  if (busy !== undefined) return { kind: 'busy', order: busy };
  const reserved = sumReserved(all, reading, clock);
  const isFull =
    room !== null &&
    ((adds.usd_per_hour > 0 && reserved.usd_per_hour + adds.usd_per_hour > room.usd_per_hour + USD_EPSILON) ||
      (adds.pods > 0 && reserved.pods + adds.pods > room.pods));
  return isFull ? { kind: 'full', reserved } : null;
}

/** The record of a new order. */
export const toOrder = (order: NewOrder, id: string, clock: Clock, keyOf: KeyOf): Order => ({
  ...order,
  key: keyOf(order.cloud),
  id,
  made: momentOf(clock),
  state: 'open',
  settled: null,
  outcome: null,
  took_effect: false,
  ref: null,
  ended: null,
  line: null,
});

/** Orders in a collection. */
export function createOrders({
  collection,
  keyOf,
  clock,
  exclusive,
  deliver,
  redact,
  leases,
}: OrderDeps): Orders {
  const alone = <T>(step: () => Promise<T>): Promise<T> => exclusive('orders', step);
  const mine = async (id: string): Promise<Order> => {
    const row = await collection.find(id);
    if (row?.hold !== 'mine') throw new Error(`order ${id} is not held by this process`);
    return row.value;
  };
  const isOurs = ({ key, cloud }: Order) => isPresent(key, cloud, keyOf);
  const isUnresolved = (order: Order) => order.state === 'unresolved' && isOurs(order);
  /** Frees a closed order that this store took, and writes its missing audit line. */
  const release = async (order: Order) => {
    if (order.line !== null) await deliver(order.line, true);
    await collection.put(order.id, { ...order, line: null }, 'free');
  };
  /** Removes old orders. While an order is unresolved, those whose results could be taken for its own are kept. */
  const sweep = async (rows: Row<Order>[]) => {
    const unfinished = rows.flatMap(({ value }) => (value.state === 'closed' ? [] : [value]));
    for (const { key, value, hold } of rows) {
      const { state, settled, line } = value;
      if (hold !== 'free' || state !== 'closed' || line !== null || settled === null) continue;
      const mayBeMixedUp = ({ name, made }: Order) =>
        isBefore(made, settled) || (name !== null && name === value.name);
      if (unfinished.some(mayBeMixedUp)) continue;
      const kept = madeRef(value) === null ? CLOSED_MS : MADE_MS;
      if (elapsed(clock, settled) >= kept) await collection.drop(key).catch(() => {});
    }
  };
  const orders = async () => (await collection.rows()).map(({ value }) => value);
  return {
    admit: (given, reading, room) =>
      alone(async () => {
        const rows = await collection.rows();
        const all = rows.map(({ value }) => value);
        const refused = judgeAdmission(given, all, reading, room, clock);
        if (refused !== null) return refused;
        const order = redact(toOrder(given, randomUUID(), clock, keyOf));
        await collection.put(order.id, order, 'mine');
        await sweep(rows);
        return { kind: 'admitted', id: order.id };
      }),
    close: (id, { leases: found = [], ...closing }, line) =>
      alone(async () => {
        const order: Order = {
          ...(await mine(id)),
          ...closing,
          state: 'closed',
          settled: momentOf(clock),
          line: { ...line, order: id },
        };
        const made = madeRef(order);
        if (made !== null && (await orders()).some((other) => other.id !== id && madeRef(other) === made))
          return false;
        // Leases come first: after a crash here the order is reconciled again, but nothing would add a missing lease.
        for (const lease of found) await (lease.kind === 'reminder' ? leases.addMissing : leases.add)(lease);
        const closed = redact(order);
        await collection.put(id, closed, 'mine');
        await deliver(closed.line ?? line, false);
        await collection.put(id, { ...closed, line: null }, 'free');
        return true;
      }),
    async keepOpen(id) {
      const order = await mine(id);
      // It is closed but its audit line is missing: that is written once this process has ended.
      if (order.state === 'closed') return;
      await collection.put(
        id,
        { ...order, state: 'unresolved', settled: order.settled ?? momentOf(clock) },
        'free',
      );
    },
    unresolved: async () =>
      (await collection.rows()).flatMap(({ value, hold }) =>
        isUnresolved(value) && (hold === 'free' || hold === 'orphaned') ? [value] : [],
      ),
    claim: (id) =>
      alone(async () => {
        const row = await collection.find(id);
        if (row === null || !isUnresolved(row.value)) return null;
        const order = await collection.take(id);
        if (order === null || isUnresolved(order)) return order;
        await release(order);
        return null;
      }),
    async claimAbandoned() {
      const found: { open: Order[]; closed: Order[] } = { open: [], closed: [] };
      const rows = await collection.rows();
      await sweep(rows);
      for (const { key, hold, value } of rows) {
        if (hold !== 'orphaned' || !isOurs(value)) continue;
        // An order that cannot be taken is one of the problems; the others are still recovered.
        const order = await collection.take(key).catch(() => null);
        if (order === null) continue;
        if (order.state !== 'closed') {
          found.open.push(order);
          continue;
        }
        await release(order);
        found.closed.push(order);
      }
      return found;
    },
    find: async (id) => (await collection.find(id))?.value ?? null,
    ofTicket: async (key) => (await orders()).filter(({ ticket }) => ticket === key),
    named: async (tool, cloud, name) =>
      (await orders()).filter((order) => order.tool === tool && order.cloud === cloud && order.name === name),
    createdRefs: async () => [...new Set((await orders()).flatMap((order) => madeRef(order) ?? []))],
    ownRefs: async () => (await orders()).filter(isProven).flatMap((order) => madeRef(order) ?? []),
    reserved: async (reading) => sumReserved(await orders(), reading, clock),
  };
}
