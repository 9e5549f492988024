import type { Balance, Clouds, Io } from '../core/cloud.ts';
import type { Spending } from '../core/context.ts';
import { asGpuError } from '../core/errors.ts';
import type { CloudError } from '../core/list.ts';
import type { Job } from '../core/model.ts';
import { isReminder } from '../core/pods-shown.ts';
import type { CloudId } from '../core/ref.ts';
import { type Spend, sumSpend } from '../core/spend.ts';

/** What the report is made from. */
interface SpendSources extends Pick<Spending, 'book' | 'caps' | 'fleet' | 'leases'> {
  clouds: Clouds;
  io: Io;
  now: () => Date;
  allowances: () => Promise<Spend['allowances']>;
  /** All notices, also about orders that a crash left open. */
  notices: () => Promise<readonly string[]>;
}

/** Reads what is being spent now, on all clouds at the same time. `errors` has each fault once. */
export async function readSpend(sources: SpendSources): Promise<Spend> {
  const { io, caps } = sources;
  const errors: CloudError[] = [];
  const note = (cloud: CloudId, error: unknown) => {
    const { code, message } = asGpuError(error);
    const isKnown = errors.some((known) => known.cloud === cloud && known.message === message);
    if (!isKnown) errors.push({ cloud, code, message });
  };
  const all = sources.clouds.all();
  const [fleet, jobs, balances, leases, allowances, notices, spent] = await Promise.all([
    sources.fleet(),
    Promise.all(all.map((cloud) => cloud.jobs?.list(io).catch(noneOf<Job>(note, cloud.id)) ?? [])),
    Promise.all(all.map((cloud) => cloud.billing?.balance(io).catch(noBalance(note, cloud.id)) ?? null)),
    sources.leases.all(),
    sources.allowances(),
    sources.notices(),
    sources.book.rows(),
  ]);
  for (const { cloud, error } of fleet.errors) note(cloud, error);
  const clouds = all.map((cloud, index) => ({
    cloud: cloud.id,
    balance: balances[index] ?? null,
    requests: cloud.budget(),
  }));
  const now = sources.now();
  return sumSpend({
    fleet,
    jobs: jobs.flat(),
    leases: leases.map((lease) => {
      const at = all.find(({ id }) => lease.ref.startsWith(`${id}:`));
      return at !== undefined && isReminder(lease, at) ? { ...lease, kind: 'reminder' as const } : lease;
    }),
    clouds,
    errors,
    caps,
    spent,
    notices,
    allowances,
    now,
  });
}

type Note = (cloud: CloudId, error: unknown) => void;

const noneOf =
  <T>(note: Note, cloud: CloudId) =>
  (error: unknown): T[] => {
    note(cloud, error);
    return [];
  };

const noBalance =
  (note: Note, cloud: CloudId) =>
  (error: unknown): Balance | null => {
    note(cloud, error);
    return null;
  };
