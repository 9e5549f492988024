import type { Cloud, Clouds, Io } from '../core/cloud.ts';
import type { ToolContext } from '../core/context.ts';
import { hasFeature } from '../core/features.ts';
import type { Pod } from '../core/model.ts';
import type { Lease } from '../core/plan.ts';
import { withoutDoubt } from '../core/pods-shown.ts';
import type { Fleet, Spend } from '../core/spend.ts';
import { StoreUnreachable } from '../core/store-error.ts';
import { readingOf, withReserved } from '../gate/admission.ts';
import { allowanceLeft } from '../gate/allowance.ts';
import { GRANTED_BY } from '../gate/messages.ts';
import { readFleet } from '../live/fleet.ts';
import { readSpend } from '../live/spend.ts';
import type { Store } from '../store/port.ts';
import { saveFor } from './paid.ts';
import type { Runtime } from './runtime.ts';

/** Reports to a client how far a call is; does nothing if the client did not ask for it. */
export type Progress = (done: number, total: number | null, message: string) => void;

/** Parameters of `notifications/progress`, the same in all protocol revisions. */
interface ProgressParams {
  progressToken: string | number;
  progress: number;
  total?: number;
  message: string;
}

/** Reports progress under the client's token, always rising as the protocol wants it; without a token nothing is sent. */
export function progressTo(
  token: string | number | undefined,
  send: (params: ProgressParams) => void,
): Progress {
  if (token === undefined) return () => {};
  let last = -1;
  return (done, total, message) => {
    last = Math.max(done, last + 0.001);
    send({ progressToken: token, progress: last, message, ...(total !== null && { total }) });
  };
}

/** How the requests of a context are sent. Without a permit they can only read. */
type IoOptions = Omit<Io, 'signal'>;

/** All live pods and what they burn, without the reservations of orders in flight. */
export const fleetOf = ({ clouds, gate }: Pick<Runtime, 'clouds' | 'gate'>, io: Io): Promise<Fleet> =>
  readFleet(clouds, io, (pod) => agreedPrice(gate.store, pod));

/** The price that was agreed to for a pod that an order of this account made, USD an hour; null if none is known. */
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

/** The clouds, but a pod that is read by itself shows the price that was agreed to for it if its cloud's figure is in doubt. */
export function withAgreedPrices(clouds: Clouds, store: Store): Clouds {
  const all = clouds.all().map((cloud): Cloud => {
    const { pods } = cloud;
    if (pods.priceDoubt === undefined) return cloud;
    const get: typeof pods.get = async (io, id, listed) => {
      const pod = await pods.get(io, id, listed);
      const isInDoubt = pods.priceDoubt?.(pod) != null;
      return isInDoubt ? withoutDoubt(cloud, pod, await agreedPrice(store, pod).catch(() => null)) : pod;
    };
    return { ...cloud, pods: { ...pods, get } };
  });
  return {
    ...clouds,
    get: (id) => all.find((cloud) => cloud.id === id) ?? clouds.get(id),
    all: () => all,
  };
}

/** One cloud alone, so that a reading of it neither waits for the others nor fails with them. */
export const onlyCloud = (clouds: Clouds, cloud: Cloud): Clouds => ({
  ids: [cloud.id],
  knows: clouds.knows,
  get: clouds.get,
  all: () => [cloud],
});

/** The metered calls that a principal may make without a further consent. */
async function allowancesOf(
  { clouds, gate, now }: Pick<Runtime, 'clouds' | 'gate' | 'now'>,
  principal: string,
): Promise<Spend['allowances']> {
  const billing = clouds.all().filter((cloud) => hasFeature(cloud, 'inference'));
  const rows = await Promise.all(
    billing.map(async ({ id: cloud }) => {
      const left = await allowanceLeft(principal, cloud, gate);
      if (left === null) return [];
      const ends_at = new Date(now().getTime() + left.ends_in_ms).toISOString();
      const { usd: usd_left, calls: calls_left } = left;
      return [{ cloud, usd_left, calls_left, ends_at, granted_by: GRANTED_BY[left.by] }];
    }),
  );
  return rows.flat();
}

/** The principal if a front names none: everybody who can start this server on this computer. */
export const LOCAL = 'local';

/** Who waits for a result. */
export interface Waiting {
  signal: AbortSignal;
  progress?: Progress;
  /** Whose allowances and paid results count. Default: the user of this computer. */
  principal?: string | undefined;
}

/** Everything that a tool can reach while somebody waits for its result. */
export function toolContext(
  runtime: Runtime,
  { signal, progress = () => {}, principal = LOCAL }: Waiting,
  options: IoOptions = {},
): ToolContext {
  const { clouds, now, monotonic, book, gate, webhooks, files, secret } = runtime;
  const { leases, orders } = gate.store;
  const io: Io = { signal, ...options };
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
  /** `read`, or `instead` while the store is unreachable: a report does not fail with the store. */
  const unlessUnreachable = async <T>(read: () => Promise<T>, instead: () => T | Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StoreUnreachable)) throw error;
      return instead();
    }
  };
  const readable = {
    fleet: () => unlessUnreachable(money.fleet, () => fleetOf(runtime, io)),
    leases: {
      ...leases,
      all: () => unlessUnreachable(leases.all, () => []),
      add: (lease: Lease) => leases.add({ ...lease, name: runtime.redact(lease.name) }),
    },
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
      markNoticesShown: async () => {},
      noticeCharacters: async () => 0,
      report: () =>
        readSpend({
          ...money,
          ...readable,
          clouds,
          io,
          now,
          notices: async () => {
            await runtime.recover();
            return (await runtime.notices.all()).map(({ text }) => text);
          },
          allowances: () =>
            unlessUnreachable(
              () => allowancesOf(runtime, principal),
              () => [],
            ),
        }),
    },
    results: runtime.results,
    toolsets: runtime.selection.toolsets,
    live: runtime.poller,
    files,
    savePaid: (name, type, content) =>
      saveFor(runtime, principal, { what: 'result', name, type, content, write: files.keep }),
    saveDocument: (name, type, content) =>
      saveFor(runtime, principal, { what: 'document', name, type, content, write: files.write }),
    hide: runtime.redactAlso,
    secret,
    webhooks,
  };
}

/** How the gate reads: never from a cache, and from the share of the requests that is kept for writes. */
export const FOR_GATE: IoOptions = { fresh: true, purpose: 'gate' };
