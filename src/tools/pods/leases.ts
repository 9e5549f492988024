import type { Cloud } from '../../core/cloud.ts';
import type { ToolContext } from '../../core/context.ts';
import type { Pod } from '../../core/model.ts';
import { times } from '../../core/offer.ts';
import type { Lease } from '../../core/plan.ts';
import { LEASE_REMINDS } from '../../core/pods-shown.ts';
import { HOUR_MS } from '../../core/spend.ts';
import { dollars } from '../../core/text.ts';

/** What the end of a lease does if the cloud's stop ends billing. */
export const STOPS_THE_POD = 'this server stops the pod';

/** The effect of the end of a lease: on some clouds a stop is not known to end the cost. */
const endOf = ({ pods }: Cloud): string =>
  pods.notes.stop_ends_billing
    ? STOPS_THE_POD
    : 'this server reminds you to delete the pod (stopping it is not known to end billing)';

/** The sentences of a plan about how long a pod will run, and what it costs until then. `price`: USD an hour, null = unknown. */
export function leasePlan(at: Cloud, hours: number | null, price: number | null): string[] {
  if (hours === null) {
    const ends = at.pods.notes.stop_ends_billing ? 'stops or deletes' : 'deletes';
    return [`Nothing ends it by itself: it costs money until somebody ${ends} it.`];
  }
  const { stop_ends_billing: stops } = at.pods.notes;
  const when = `${hours} h after it was created`;
  const what = stops ? `${endOf(at)} ${when}` : `${when} ${endOf(at)}`;
  return [
    `Lease: ${what}, provided that the server runs then, or else when it is next started.`,
    ...(stops ? [] : [LEASE_REMINDS]),
    ...(price === null ? [] : [`Until then it costs at most ${dollars(times(price, hours))}.`]),
  ];
}

/** The end of a lease of so many hours from `since` (ISO). */
export const leaseEnd = (hours: number, since: string): string =>
  new Date(Date.parse(since) + hours * HOUR_MS).toISOString();

/**
 * Stores the lease if one was agreed to; if it could not be stored, the message says so. It counts from `since` (ISO),
 * because a pod may be found long after it was ordered.
 */
export async function keepLease(
  ctx: ToolContext,
  { ref, cloud }: Pod,
  name: string,
  hours: number | null,
  since: string,
): Promise<string | null> {
  if (hours === null) return null;
  const ends_at = leaseEnd(hours, since);
  return ctx.spending.leases.add({ ref, name, ends_at, for_ms: hours * HOUR_MS }).then(
    () => leaseWords(ctx.clouds.get(cloud), ends_at, ctx.spending.leases.kind),
    () => 'WARNING: its lease could not be saved, so the server will not stop it.',
  );
}

/** The end of a lease and its effect, for the result of a call. `kind`: left out = a stop, if the cloud's stop ends billing. */
export function leaseWords(at: Cloud, ends_at: string, kind?: Lease['kind']): string {
  const ends = `Its lease ends at ${ends_at}; then`;
  if (!at.pods.notes.stop_ends_billing) return `${ends} ${endOf(at)}. ${LEASE_REMINDS}`;
  return kind === 'reminder'
    ? `${ends} this server reminds you to stop or delete the pod. ${LEASE_REMINDS}`
    : `${ends} ${endOf(at)}.`;
}
