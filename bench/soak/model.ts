import type { SpentRow } from '../../src/core/spend.ts';
import type { CallResult } from '../../src/engine/result.ts';
import type { World } from '../../src/sandbox/world.ts';
import type { Servers } from '../../testbed/servers.ts';
import type { ShownSpend } from '../../testbed/testbed.ts';

/** What a run remembers of its calls, beside what simulator and server know. */
export interface Memory {
  /** Names of orders whose outcome stayed unknown. */
  unknown: Set<string>;
  /** Refs of jobs whose cancellation was not answered. */
  cancelLost: Set<string>;
  /** What the servers recorded, by day, kind and thing; they keep it for 90 days. */
  spent: Map<string, SpentRow>;
}

/** Nothing remembered yet. */
export const emptyMemory = (): Memory => ({
  unknown: new Set(),
  cancelLost: new Set(),
  spent: new Map(),
});

/** Remembers what a result leaves open. */
export function remember(
  memory: Memory,
  args: Record<string, unknown>,
  { isError, structuredContent }: CallResult,
): void {
  const error = structuredContent.error as { code: string } | undefined;
  const lost = (isError && error?.code === 'outcome_unknown') || structuredContent.reconciled === true;
  if (!lost) return;
  if (typeof args.name === 'string' && isError) memory.unknown.add(args.name);
  for (const ref of [args.job, args.refs].flat()) if (typeof ref === 'string') memory.cancelLost.add(ref);
}

const cents = (amount: number): number => Math.round(amount * 100);

/** The rate of a live pod by the documents: Volt's stopped ones cost nothing, Nebula's all their price. */
function burnOf(world: World, onlyListed: boolean): number {
  const now = world.clock.now();
  const isListed = (thing: { visible_ms: number }) => !onlyListed || thing.visible_ms <= now;
  const volt = world.volt.pods
    .filter((pod) => isListed(pod) && pod.phase.raw !== 'stopped')
    .reduce((sum, pod) => sum + pod.cost_per_hour, 0);
  const nebula = world.nebula.instances
    .filter((instance) => isListed(instance) && instance.deleted_ms === null)
    .reduce((sum, instance) => sum + instance.price_per_hour, 0);
  return volt + nebula;
}

function twice(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

const sum = (world: World, kind: 'debit' | 'refund') =>
  world.ledger.entries
    .filter((entry) => entry.cloud === 'volt' && entry.kind === kind)
    .reduce((total, { usd }) => total + usd, 0);

const DAY_MS = 86_400_000;

/** What rows add up to, as get_spend names it. */
function totalsOf(rows: readonly SpentRow[]) {
  const sumOf = (kind: SpentRow['kind']) =>
    rows.filter((row) => row.kind === kind).reduce((total, { usd }) => total + usd, 0);
  return {
    debits_usd: sumOf('debit'),
    refunds_usd: sumOf('refund'),
    unpriced_uses: rows.reduce((total, { unpriced }) => total + unpriced, 0),
  };
}

const SUMS = ['debits_usd', 'refunds_usd', 'unpriced_uses'] as const;

/** Every server reports the same: what was recorded in 30 days. */
function checkReports(world: World, reports: readonly ShownSpend[], rows: readonly SpentRow[]): string[] {
  const first = new Date(world.clock.now() - 29 * DAY_MS).toISOString().slice(0, 10);
  const recorded = totalsOf(rows.filter(({ day }) => day >= first));
  return reports.flatMap(({ last_30_days: said }) =>
    SUMS.filter((field) => cents(said[field]) !== cents(recorded[field])).map(
      (field) => `get_spend says ${said[field]} ${field} in 30 days, ${recorded[field]} were recorded`,
    ),
  );
}

/** Debits and refunds against the ledger: what was not recorded must be an order or a cancellation that was lost. */
async function checkMoney(
  { all: [{ runtime }], world }: Servers,
  reports: readonly ShownSpend[],
  memory: Memory,
): Promise<string[]> {
  for (const row of await runtime.book.rows())
    memory.spent.set([row.day, row.cloud, row.kind, row.what].join(' '), row);
  const rows = [...memory.spent.values()];
  const since = totalsOf(rows);
  const refsOf = (kind: SpentRow['kind']) =>
    new Set(rows.filter((row) => row.kind === kind).map(({ what }) => what));
  const [debited, refunded] = [refsOf('debit'), refsOf('refund')];
  const unseen = world.volt.jobs.filter(({ id }) => !debited.has(`volt:job:${id}`));
  const unseenUsd = unseen.reduce((total, { totalCost }) => total + totalCost, 0);
  const lost = world.ledger.entries.filter(
    ({ kind, target }) => kind === 'refund' && !refunded.has(`volt:job:${target}`),
  );
  const lostUsd = lost.reduce((total, { usd }) => total + usd, 0);
  const uses = world.ledger.entries.filter(
    (entry) => entry.cloud === 'nebula' && entry.kind === 'debit',
  ).length;
  const checks: [boolean, string][] = [
    [
      cents(since.debits_usd + unseenUsd) === cents(sum(world, 'debit')),
      `${since.debits_usd} debited were recorded, the ledger says ${sum(world, 'debit')} (${unseenUsd} of it lost)`,
    ],
    [
      cents(since.refunds_usd + lostUsd) === cents(sum(world, 'refund')),
      `${since.refunds_usd} refunded were recorded, the ledger says ${sum(world, 'refund')} (${lostUsd} of it lost)`,
    ],
    [unseen.every(({ name }) => memory.unknown.has(name)), 'a job is known to nobody'],
    [lost.every(({ target }) => memory.cancelLost.has(`volt:job:${target}`)), 'a refund is known to nobody'],
    [since.unpriced_uses >= uses, `${uses} uses were charged, recorded were ${since.unpriced_uses}`],
  ];
  return [...checks.flatMap(([good, wrong]) => (good ? [] : [wrong])), ...checkReports(world, reports, rows)];
}

/** The names of everything that calls can make. */
function namesIn(world: World): string[] {
  return [
    ...world.pods.list().map(({ name }) => name),
    ...world.jobs.list().map(({ name }) => name),
    ...world.volt.templates.map(({ name }) => name),
    ...world.volt.credentials.map(({ name }) => name),
    ...[...world.volt.api_keys, ...world.nebula.api_keys].map(({ name }) => name),
    ...world.volt.ssh_keys.map(({ name }) => name),
    ...world.nebula.ssh_keys.map(({ key_name }) => `${key_name} (nebula)`),
  ];
}

function checkFleet({ world, all }: Servers, spend: ShownSpend): string[] {
  const [{ runtime }] = all;
  const failed = spend.errors !== undefined;
  const nebula = spend.clouds.find(({ cloud }) => cloud === 'nebula');
  const names = namesIn(world);
  const cap = runtime.gate.caps.max_usd_per_hour;
  const checks: [boolean, string][] = [
    [
      failed || Math.abs((spend.usd_per_hour ?? Number.NaN) - burnOf(world, true)) < 1e-6,
      `get_spend says ${spend.usd_per_hour} an hour, the simulator ${burnOf(world, true)}`,
    ],
    [burnOf(world, false) <= cap + 1e-6, `${burnOf(world, false)} an hour is over the cap of ${cap}`],
    [
      failed || nebula?.balance_usd === world.ledger.balance('nebula'),
      `get_spend says a balance of ${nebula?.balance_usd}, the ledger ${world.ledger.balance('nebula')}`,
    ],
    [twice(names).length === 0, `made twice: ${twice(names).join(', ')}`],
    [
      spend.clouds.flatMap(({ requests }) => requests ?? []).every(({ used, limit }) => used <= limit),
      'over the budget',
    ],
  ];
  return checks.flatMap(([good, wrong]) => (good ? [] : [wrong]));
}

/** A result about a named new thing against what there is. */
export function checkClaim(
  { world }: Pick<Servers, 'world'>,
  { name }: Record<string, unknown>,
  { isError, structuredContent }: CallResult,
): string[] {
  if (typeof name !== 'string') return [];
  const exists = namesIn(world).some((known) => known.split(' ')[0] === name);
  const error = structuredContent.error as { code: string } | undefined;
  if (structuredContent.status === 'confirmation_required')
    return exists ? [`${name} waits for consent, and is there`] : [];
  if (!isError) return exists ? [] : [`${name} is said to be there, and is not`];
  const open = error?.code === 'outcome_unknown';
  return exists && !open ? [`${name} is said not to be there (${error?.code}), and is`] : [];
}

const MAX_OVERDUE_MS = 3 * 3_600_000;

/** No pod of Volt runs on long after its lease, however the stop went at first. What was found late may be another's: it is only reminded of. */
async function checkLeases({ world, all: [{ runtime }] }: Servers): Promise<string[]> {
  const leases = await runtime.gate.store.leases.all();
  return leases.flatMap(({ ref, ends_at, kind }) => {
    if (kind === 'reminder') return [];
    const pod = world.volt.pods.find(({ id }) => ref === `volt:pod:${id}`);
    const overdue = world.clock.now() - Date.parse(ends_at);
    return pod?.phase.raw === 'running' && overdue > MAX_OVERDUE_MS ? [`${ref} outlives its lease`] : [];
  });
}

/** Everything that must hold between two steps, with the report of each server; what does not, in words. */
export const check = async (
  servers: Servers,
  reports: readonly ShownSpend[],
  memory: Memory,
): Promise<string[]> => [
  ...(await checkMoney(servers, reports, memory)),
  ...reports.flatMap((spend) => checkFleet(servers, spend)),
  ...(await checkLeases(servers)),
];
