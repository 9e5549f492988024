import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Link, startLink } from '../../testbed/link.ts';
import { startOwnCluster } from '../../testbed/postgres.ts';
import { type ReplicaClient, type Replicas, startReplicas } from '../../testbed/replicas.ts';
import { hint } from './hints.ts';
import { STORMS } from './storms.ts';
import { type Claim, freeOf, goesOn, order, restock } from './work.ts';

/** How a run went. */
export interface ReplicaReport {
  replicas: number;
  orders: number;
  claims: Record<Claim['says'], number>;
  /** Lists that were polled in an idle stretch: by all servers, then by one of them while the others are stopped. */
  polls: { all: number; one: number };
  /** Storms in which a subscribed client was told of no change: its next read shows it, so this fails no run. */
  unheard: string[];
  /** What did not hold; empty if all is well. */
  wrong: string[];
}

const MAX_PODS = 6;
const IDLE_MS = 15_000;
/** Longer than it takes a server to poll in the place of one that has stopped. */
const SETTLE_MS = 5000;
const LIVE = (state: string) => !/delet|terminat/i.test(state);

const live = ({ world }: Replicas) => world.pods.list().filter(({ state }) => LIVE(state));

/** The lists of pods that are asked for while clients only watch. */
async function pollsIn(all: Replicas): Promise<number> {
  const lists = () =>
    all.world.requests.filter(
      ({ cloud, method, path }) => cloud === 'volt' && method === 'GET' && path === '/pods',
    ).length;
  const before = lists();
  await pause(IDLE_MS);
  return lists() - before;
}

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

/** Everything under every storm with so many replicas. `binaries`: the folder of another PostgreSQL. */
export async function runReplicas(count: number, program: string, binaries?: string): Promise<ReplicaReport> {
  const { cluster, dir, close } = startOwnCluster(binaries);
  const links: Link[] = await Promise.all(
    Array.from({ length: count }, () => startLink(join(dir, '.s.PGSQL.5432'))),
  );
  const all = await startReplicas({
    count,
    program,
    storeUrl: (place) => `postgres://postgres@127.0.0.1:${links[place]?.port}/postgres`,
    settings: { GPU_MCP_MAX_PODS: String(MAX_PODS), GPU_MCP_PUBLIC_URL: 'https://gpu.example.com' },
  });
  const sql = async <R extends pg.QueryResultRow>(text: string): Promise<R[]> => {
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
    polls: { all: 0, one: 0 },
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
      await pause(3000);
      for (const { name, says, ref } of claims) {
        if (says !== 'done' || ref === null) continue;
        const [lease] = await sql(`select ref from gpu_mcp.leases where ref = '${ref}'`);
        if (lease === undefined) report.wrong.push(`${storm.title}: the lease of ${name} (${ref}) is lost`);
      }
      for (const [at, client] of clients.entries())
        if (claims.some(({ says }) => says === 'done') && client.updates.length === updates[at])
          report.unheard.push(`${storm.title}: client ${at} was told of no change`);
      await removeAll(first, all);
    }
    if (most > MAX_PODS) report.wrong.push(`the cap of ${MAX_PODS} pods was passed: ${most}`);
    const [last] = clients.slice(-1);
    if (last !== undefined) report.wrong.push(...(await hint(all, count, first, last)));
    await pause(2000);
    report.polls.all = await pollsIn(all);
    for (const place of links.keys()) if (place > 0) await all.stop(place, 'SIGTERM');
    for (const [at, client] of clients.entries())
      if (!(await goesOn(client))) report.wrong.push(`one server left: client ${at} does not go on`);
    await pause(SETTLE_MS);
    report.polls.one = await pollsIn(all);
    const { polls } = report;
    if (polls.one === 0) report.wrong.push('one server alone does not poll: there is nothing to compare');
    // A stretch begins anywhere between two polls.
    if (polls.all > polls.one + 1)
      report.wrong.push(`${count} servers polled ${polls.all} times while one polls ${polls.one} times`);
    return report;
  } finally {
    clearInterval(watch);
    await all.close();
    await Promise.all(links.map((link) => link.close()));
    close();
  }
}
