import type { Cloud, Clouds, Io } from '../core/cloud.ts';
import type { ToolContext } from '../core/context.ts';
import type { Pod } from '../core/model.ts';
import type { Fleet } from '../core/spend.ts';
import { readingOf, withReserved } from '../gate/admission.ts';
import { readFleet } from '../live/fleet.ts';
import { readSpend } from '../live/spend.ts';
import { StoreUnreachable } from '../store/errors.ts';
import type { Store } from '../store/port.ts';
import type { Runtime } from './runtime.ts';

/** Reports to a client how far a call is; does nothing if the client did not ask for it. */
export type Progress = (done: number, total: number | null, message: string) => void;

/** How the requests of a context are sent; without a permit they can only read. */
export type SentAs = Omit<Io, 'signal'>;

/** All live pods and what they burn, without orders in flight. */
export const fleetOf = ({ clouds, gate }: Pick<Runtime, 'clouds' | 'gate'>, io: Io): Promise<Fleet> =>
  readFleet(clouds, io, (pod) => agreedPrice(gate.store, pod));

/** What was agreed to for a pod that an order of this account made; null if none is known. */
async function agreedPrice({ orders }: Store, { ref, cloud, name }: Pod): Promise<number | null> {
  if (name === null) return null;
  const known = await orders.named('create_pod', cloud, name).catch((error: unknown) => {
    if (error instanceof StoreUnreachable) return [];
    throw error;
  });
  return (
    known.find((order) => order.took_effect && order.ref === ref)?.planned.plan.cost.usd_per_hour ?? null
  );
}

/** One cloud alone, so that a reading of it neither waits for another nor fails with it. */
export const onlyCloud = (clouds: Clouds, cloud: Cloud): Clouds => ({
  ids: [cloud.id],
  knows: clouds.knows,
  get: clouds.get,
  all: () => [cloud],
});

/** What a tool sees of one call. */
export function toolContext(
  runtime: Runtime,
  signal: AbortSignal,
  progress: Progress,
  how: SentAs = {},
): ToolContext {
  const { clouds, now, monotonic, book, gate, webhooks, files, secret } = runtime;
  const { leases, orders } = gate.store;
  const io: Io = { signal, ...how };
  const money = {
    caps: gate.caps,
    book,
    leases,
    default_lifetime_hours: runtime.defaultLifetimeHours,
    fleet: async () => {
      const fleet = await fleetOf(runtime, { ...io, fresh: true });
      return withReserved(fleet, await orders.reserved(readingOf(fleet)));
    },
  };
  /** A report goes on while the store is away, and says that its part is missing. */
  const unlessAway = async <T>(read: () => Promise<T>, instead: () => T | Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StoreUnreachable)) throw error;
      return instead();
    }
  };
  const readable = {
    fleet: () => unlessAway(money.fleet, () => fleetOf(runtime, io)),
    leases: { ...leases, all: () => unlessAway(leases.all, () => []) },
  };
  return {
    clouds,
    io,
    now,
    monotonic,
    progress,
    spending: {
      ...money,
      leases: readable.leases,
      report: () => readSpend({ ...money, ...readable, clouds, io, now, recovered: runtime.recover }),
    },
    results: runtime.results,
    toolsets: runtime.selection.toolsets,
    live: runtime.poller,
    files,
    hide: runtime.redactAlso,
    secret,
    webhooks,
  };
}

/** How the gate reads: never from a cache, and from the share of the requests that is kept for writes. */
export const FOR_GATE: SentAs = { fresh: true, purpose: 'gate' };
