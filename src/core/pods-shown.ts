import * as z from 'zod';
import type { Cloud, Io } from './cloud.ts';
import type { ToolContext } from './context.ts';
import { isCode } from './errors.ts';
import { type Pod, podSchema, type Template } from './model.ts';
import { expensiveFirst, samePrice } from './offer.ts';
import type { Lease } from './plan.ts';
import { formatRef } from './ref.ts';
import { POD_ROW, type RowFields } from './shown.ts';
import { quote } from './text.ts';

/** A pod with what it costs now (at the higher reading, storage not counted) and the end of its lease. */
export const podRowSchema = podSchema.extend({
  usd_per_hour_now: z.number().nullable(),
  lease_ends_at: z.string().nullable(),
});
type PodRow = z.infer<typeof podRowSchema>;

/** A pod without the doubt about its price, if a price is known to be for all of its GPUs and is the reported one. */
export function withoutDoubt<T extends Pod>({ pods }: Cloud, pod: T, known: number | null): T {
  const doubt = pods.priceDoubt?.(pod) ?? null;
  const reported = pod.hourly_cost_usd;
  if (doubt === null || known === null || reported === null || !samePrice(known, reported)) return pod;
  return { ...pod, warnings: pod.warnings.filter((warning) => warning !== doubt) };
}

/** The pods with what each costs now. */
export async function withRates(at: Cloud, io: Io, found: Pod[] | undefined): Promise<PodRow[]> {
  if (found === undefined) return [];
  const rates = new Map((await at.pods.rates(io, found)).map((rate) => [rate.ref, rate.usd_per_hour_max]));
  return found.map((pod) => ({
    ...withoutDoubt(at, pod, rates.get(pod.ref) ?? null),
    usd_per_hour_now: rates.get(pod.ref) ?? null,
    lease_ends_at: null,
  }));
}

/** The fields of a pod in a list. */
export const POD_LIST_ROW: RowFields<PodRow> = {
  ...POD_ROW,
  narrow: [...POD_ROW.narrow, 'usd_per_hour_now', 'lease_ends_at'],
};

/** The warning of a pod that its lease ends nothing. */
export const LEASE_REMINDS = 'Its lease is a reminder, never a stop: the pod runs on.';

/** True if nothing is stopped at the end of a lease: the pod may be another's, or a stop is not known to end its cost. */
export const isReminder = ({ kind }: Lease, { pods }: Cloud): boolean =>
  kind === 'reminder' || !pods.notes.stop_ends_billing;

/** A pod with the end of its lease, and a warning if that is only a reminder. */
function withLease<T extends Pod>(
  pod: T,
  leases: readonly Lease[],
  at: Cloud,
): T & { lease_ends_at: string | null } {
  const lease = leases.find(({ ref }) => ref === pod.ref);
  if (lease === undefined) return { ...pod, lease_ends_at: null };
  const reminds = isReminder(lease, at) ? [LEASE_REMINDS] : [];
  return { ...pod, lease_ends_at: lease.ends_at, warnings: [...reminds, ...pod.warnings] };
}

/** The rows with the ends of their leases. */
export async function withLeases(rows: PodRow[], ctx: ToolContext): Promise<PodRow[]> {
  const leases = await ctx.spending.leases.all();
  return rows.map((row) => withLease(row, leases, ctx.clouds.get(row.cloud)));
}

/** The order of a list of pods. */
export const byCostNow = expensiveFirst((row: PodRow) => row.usd_per_hour_now);

/** A pod in full, with its lease, the names of its keys and the ports of its template. */
export const podInFullSchema = podSchema.extend({
  lease_ends_at: z.string().nullable(),
  /** Names of its SSH keys, with their refs. */
  ssh_keys: z.array(z.string()).nullable(),
  /** Ports that the template with its image opens. */
  ports: z.array(z.number()).nullable(),
});
export type PodInFull = z.infer<typeof podInFullSchema>;

/** An optional part of a result: null if it cannot be read. A cancelled call still fails. */
const ifReadable = <T>(reading: Promise<T> | undefined): Promise<T | null> =>
  (reading ?? Promise.resolve(null)).catch((error: unknown) => {
    if (isCode(error, 'cancelled')) throw error;
    return null;
  });

/** The names of a pod's SSH keys with their refs; null if the cloud does not list its keys. */
async function keyNames(
  { sshKeys }: Cloud,
  io: Io,
  { cloud, ssh_key_ids: ids }: Pod,
): Promise<string[] | null> {
  if (ids === null || ids.length === 0) return ids;
  const keys = await ifReadable(sshKeys?.list(io));
  return ids.map((id) => {
    const name = keys?.find((key) => key.id === id)?.name ?? null;
    const ref = formatRef(cloud, 'ssh_key', id);
    return name === null ? ref : `${quote(name)} (${ref})`;
  });
}

/** The ports that the only template with the pod's image opens; a pod itself names none. */
async function portsOf(
  { templates }: Cloud,
  io: Io,
  listed: readonly Template[] | null,
  { image }: Pod,
): Promise<number[] | null> {
  const fitting = (listed ?? []).filter((template) => image !== null && template.image === image);
  const [only, ...more] = fitting;
  if (only === undefined || more.length > 0) return null;
  return only.ports ?? (await ifReadable(templates?.get(io, only.id)))?.ports ?? null;
}

/** Reads one pod in full, together with the templates, which show its ports. @throws GpuError of its cloud */
export async function readPodInFull(ctx: ToolContext, at: Cloud, id: string): Promise<PodInFull> {
  const { io } = ctx;
  const [pod, templates, leases] = await Promise.all([
    at.pods.get(io, id),
    ifReadable(at.templates?.list(io)),
    ctx.spending.leases.all(),
  ]);
  const [ssh_keys, ports] = await Promise.all([keyNames(at, io, pod), portsOf(at, io, templates, pod)]);
  return { ...withLease(pod, leases, at), ssh_keys, ports };
}
