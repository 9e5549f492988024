import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Link, startLink } from '../../testbed/link.ts';
import { startPooler } from '../../testbed/pooler.ts';
import { startOwnCluster } from '../../testbed/postgres.ts';
import { type ReplicaClient, type Replicas, startReplicas } from '../../testbed/replicas.ts';
import { hint } from './hints.ts';
import { comparePolls, type Polls } from './polls.ts';
import { STORMS } from './storms.ts';
import { type Claim, freeOf, goesOn, order, restock } from './work.ts';

/** How a run went. */
export interface ReplicaReport {
  replicas: number;
  orders: number;
  claims: Record<Claim['says'], number>;
  polls: Polls;
  /** Storms in which a subscribed client got no notification of a change: its next read shows it, so this fails no run. */
  unheard: string[];
  /** What did not hold; empty if all is well. */
  wrong: string[];
}

const MAX_PODS = 6;
/** Longer than a server that reaches its database again needs for what waited. */
const DELIVERED_MS = 30_000;
const HEARD_MS = 10_000;
const LIVE = (state: string) => !/delet|terminat/i.test(state);

const live = ({ world }: Replicas) => world.pods.list().filter(({ state }) => LIVE(state));

async function removeAll(client: ReplicaClient, all: Replicas): Promise<void> {
  for (let tries = 0; live(all).length > 0 && tries < 40; tries += 1) {
    const [pod] = live(all);
    await client.call('delete_pod', { pod: `volt:pod:${pod?.id}` }).catch(() => null);
    await pause(50);
  }
}

/** What the claims say against what the simulator shows. */
function judge(all: Replicas, claims: readonly Claim[], title: string): string[] {
  const made = new Map<string, number>();
  for (const { name } of all.world.pods.list()) made.set(name, (made.get(name) ?? 0) + 1);
  return claims.flatMap(({ name, says, code }) => {
    const count = made.get(name) ?? 0;
    if (count > 1) return [`${title}: ${name} was made ${count} times`];
    if (says === 'done' && count === 0) return [`${title}: ${name} is said to be done and is not there`];
    if (says === 'refused' && count === 1)
      return [`${title}: ${name} is said to be refused (${code}) and is there`];
    return [];
  });
}

type Sql = <R extends pg.QueryResultRow>(text: string) => Promise<R[]>;

/** Which of these pods have no lease, also some time after the answer that named them. */
async function withoutLease(refs: readonly string[], sql: Sql): Promise<string[]> {
  for (let waited = 0; ; waited += 500) {
    const rows = await sql<{ ref: string }>('select ref from gpu_mcp.leases');
    const missing = refs.filter((ref) => !rows.some((row) => row.ref === ref));
    if (missing.length === 0 || waited >= DELIVERED_MS) return missing;
    await pause(500);
  }
}

/** What to run it with. `binaries`: the folder of another PostgreSQL; `hasPooler`: PgBouncer is in front of the database. */
export interface ReplicaRun {
  count: number;
  program: string;
  binaries: string | undefined;
  hasPooler: boolean;
}

/** Every check under every storm with that many replicas. */
export async function runReplicas({
  count,
  program,
  binaries,
  hasPooler,
}: ReplicaRun): Promise<ReplicaReport> {
  const { cluster, dir, close } = startOwnCluster(binaries);
  const pooler = hasPooler ? await startPooler(dir) : null;
  const socket = pooler?.socketPath ?? join(dir, '.s.PGSQL.5432');
  const links: Link[] = await Promise.all(Array.from({ length: count }, () => startLink(socket)));
  const all = await startReplicas({
    count,
    program,
    storeUrl: (place) => `postgres://postgres@127.0.0.1:${links[place]?.port}/postgres`,
    settings: { GPU_MCP_MAX_PODS: String(MAX_PODS), GPU_MCP_PUBLIC_URL: 'https://gpu.example.com' },
  });
  const sql: Sql = async <R extends pg.QueryResultRow>(text: string): Promise<R[]> => {
    const client = new pg.Client({ connectionString: cluster.url('postgres') });
    await client.connect();
    return client
      .query<R>(text)
      .then(({ rows }) => rows)
      .finally(() => client.end());
  };
  const report: ReplicaReport = {
    replicas: count,
    orders: 0,
    claims: { done: 0, refused: 0, unknown: 0, lost: 0 },
    polls: { all: 0, one: 0, early: 0 },
    unheard: [],
    wrong: [],
  };
  let most = 0;
  const free = freeOf(all);
  const watch = setInterval(() => {
    most = Math.max(most, live(all).length);
    if (free > 0) restock(all, free);
  }, 20);
  try {
    const compared = await comparePolls(all, count);
    report.polls = compared.polls;
    report.wrong.push(...compared.wrong);
    const people = await Promise.all([all.connect(true), all.connect(true), all.connect(true)]);
    const clients = [...people, await all.connect(false)];
    for (const { client } of clients) await client.subscribeResource({ uri: 'gpu://pods' });
    const [first] = people;
    if (first === undefined) throw new Error('no client');
    for (const [number, storm] of STORMS.entries()) {
      all.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'delay', delay_ms: 250 });
      const updates = clients.map((client) => client.updates.length);
      const work = Promise.all(
        clients.map(async (client, at) => {
          const claims: Claim[] = [];
          for (let n = 0; n < 2; n += 1) claims.push(await order(client, `s${number}-c${at}-n${n}`));
          return claims;
        }),
      );
      await storm.rage({ all, cluster, links });
      const claims = (await work).flat();
      all.world.faults.clear();
      report.orders += claims.length;
      for (const { says } of claims) report.claims[says] += 1;
      for (const [at, client] of clients.entries())
        if (!(await goesOn(client))) report.wrong.push(`${storm.title}: client ${at} does not go on`);
      report.wrong.push(...judge(all, claims, storm.title));
      const refs = claims.flatMap(({ says, ref }) => (says === 'done' && ref !== null ? [ref] : []));
      for (const ref of await withoutLease(refs, sql))
        report.wrong.push(`${storm.title}: the lease of ${ref} is lost`);
      const isUnheard = (client: ReplicaClient, at: number) => client.updates.length === updates[at];
      for (let waited = 0; refs.length > 0 && waited < HEARD_MS && clients.some(isUnheard); waited += 250)
        await pause(250);
      for (const [at, client] of clients.entries())
        if (refs.length > 0 && isUnheard(client, at))
          report.unheard.push(`${storm.title}: client ${at} got no notification of the change`);
      await removeAll(first, all);
    }
    if (most > MAX_PODS) report.wrong.push(`the cap of ${MAX_PODS} pods was passed: ${most}`);
    const [last] = clients.slice(-1);
    if (last !== undefined) report.wrong.push(...(await hint(all, count, first, last)));
    for (const place of links.keys()) if (place > 0) await all.stop(place, 'SIGTERM');
    for (const [at, client] of clients.entries())
      if (!(await goesOn(client))) report.wrong.push(`one server left: client ${at} does not go on`);
    return report;
  } finally {
    clearInterval(watch);
    await all.close();
    await Promise.all(links.map((link) => link.close()));
    await pooler?.close();
    close();
  }
}
