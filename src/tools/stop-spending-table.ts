import { clean, quote, table, usd } from '../core/text.ts';
import { allows } from './pods.ts';
import type { Thing, Unread } from './stop-spending-things.ts';

/** How pods are ended; jobs are cancelled either way. */
export type How = 'stop' | 'delete';

/** What a pod costs an hour, at the higher reading. */
const priceOf = (thing: Thing): number | null =>
  thing.kind === 'pod' ? (thing.rate.usd_per_hour_max ?? thing.rate.usd_per_hour) : null;

/** What a pod costs an hour after it was ended. */
const priceAfter = (thing: Thing, how: How): number | null =>
  how === 'delete' || thing.at.pods.notes.stop_ends_billing ? 0 : priceOf(thing);

/** Why there is nothing to do about a thing now; null if there is. */
export function idleWhy(thing: Thing, how: How): string | null {
  if (thing.kind === 'job') {
    return thing.job.is_terminal ? `it has ended already (${thing.job.raw_state ?? thing.job.state})` : null;
  }
  const { state } = thing.pod;
  if (allows(how, state)) return null;
  if (how === 'delete') return 'it is gone or going already';
  if (state !== 'stopped' && state !== 'stopping') return `it is ${state} and can only be deleted now`;
  const costs = priceAfter(thing, 'stop');
  return costs === 0
    ? `it is ${state} already`
    : `it is ${state} already, and costs $${usd(costs)}/h until it is deleted`;
}

/** What must still hold when the thing is ended. */
export const factOf = (thing: Thing): string =>
  thing.kind === 'pod'
    ? (thing.pod.name ?? '')
    : `${thing.job.name ?? ''}, refund ${thing.job.refund_if_cancelled_now.replace('_', ' ')}`;

function refundOf(thing: Thing): string | null {
  if (thing.kind === 'pod') return null;
  const { refund_if_cancelled_now: refund, total_cost_usd: paid } = thing.job;
  const amount = paid === null ? '' : ` of $${usd(paid)}`;
  return refund === 'not_promised' ? `not promised${amount}` : `${refund}${amount}`;
}

function rowOf(thing: Thing, how: How): (string | null)[] {
  const { at, ref } = thing;
  if (thing.kind === 'job') {
    const { name, raw_state, state } = thing.job;
    const what = `cancel ${ref} ${quote(name)} (${clean(raw_state ?? state, 40)})`;
    return [what, null, null, refundOf(thing), 'training lost'];
  }
  const what = `${how} ${ref} ${quote(thing.pod.name)} (${thing.pod.state})`;
  return [what, usd(priceOf(thing)), usd(priceAfter(thing, how)), null, at.pods.notes.data[how]];
}

const COLUMNS = ['what', '$/h now', '$/h after', 'refund', 'data'];

/** What is done to each thing, as the lines of one table. */
export const tableOf = (things: readonly Thing[], how: How): string[] =>
  table(
    COLUMNS,
    things.map((thing) => rowOf(thing, how)),
  ).split('\n');

const namesOf = (things: readonly Thing[]): string => things.map(({ ref }) => ref).join(', ');

/** What a person must read first: what cannot be undone, and what goes on costing. */
export function consequencesOf(things: readonly Thing[], how: How): string[] {
  const pods = things.filter((thing) => thing.kind === 'pod');
  const jobs = things.filter((thing) => thing.kind === 'job');
  const paid = jobs.filter(({ job }) => job.refund_if_cancelled_now !== 'full');
  const costly = how === 'stop' ? pods.filter(({ at }) => !at.pods.notes.stop_ends_billing) : [];
  const left = costly.reduce((sum, thing) => sum + (priceOf(thing) ?? 0), 0);
  const notes = [
    ...pods.flatMap(({ at }) => at.pods.notes[how].map((note) => `${at.title}: ${note}`)),
    ...jobs.flatMap(({ at, job }) => at.jobs?.cancelNotes(job) ?? []),
  ];
  return [
    ...(how === 'delete' && pods.length > 0
      ? ['Deleting pods cannot be undone: what is only on them is lost.']
      : []),
    ...(jobs.length > 0 ? [`Cancelling jobs cannot be undone: ${namesOf(jobs)}.`] : []),
    ...(paid.length > 0
      ? [
          `No refund is promised for ${namesOf(paid)}: paid already, so that to let it run costs nothing more.`,
        ]
      : []),
    ...(costly.length > 0
      ? [
          `Stopping does not end the cost of ${namesOf(costly)}: $${usd(left)}/h goes on until they are deleted.`,
        ]
      : []),
    ...new Set(notes),
  ];
}

/** What is not touched, and why. */
export const leftAlone = (idle: readonly Unread[]): string =>
  `Left as it is: ${idle.map(({ ref, why }) => `${ref} (${why})`).join('; ')}.`;
