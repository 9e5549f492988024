import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileStore } from '../../src/store/files.ts';
import type { Store } from '../../src/store/port.ts';
import { openConnection } from '../../src/store/postgres/connection.ts';
import { createPostgresStore } from '../../src/store/postgres/store.ts';
import { removeCluster, startCluster } from '../../testbed/postgres.ts';
import { type ReplicaClient, type Replicas, startReplicas } from '../../testbed/replicas.ts';
import { type Figure, median, type Part, timed } from '../figure.ts';

const PROGRAM = 'dist/index.js';
const CLIENTS = 8;
const LOAD_MS = 5000;
const ARGS = { gpu: 'H100', limit: 5 };
const GATED = 40;

/** Calls a second that clients get who each ask again as soon as they are answered. */
async function callsPerSecond(clients: readonly ReplicaClient[]): Promise<number> {
  const until = performance.now() + LOAD_MS;
  let calls = 0;
  const ask = async ({ call }: ReplicaClient) => {
    while (performance.now() < until) {
      await call('list_machines', ARGS);
      calls += 1;
    }
  };
  await Promise.all(clients.map(ask));
  return Math.round(calls / (LOAD_MS / 1000));
}

const MACHINE = 'mach_rtx4090_01';
const ORDER = {
  machine: `volt:machine:${MACHINE}`,
  template: 'volt:template:tpl_pytorch21',
  ssh_keys: ['volt:ssh_key:key_abc123'],
};
const ORDERS = 10;

/** How long an order takes whose person agrees at once. Milliseconds, median. */
async function gatedTime({ world }: Replicas, { call }: ReplicaClient): Promise<number> {
  const free = world.stock.get('volt', MACHINE);
  const times: number[] = [];
  for (let n = 0; n < ORDERS; n += 1) {
    world.stock.set('volt', MACHINE, free);
    times.push(
      await timed(async () => {
        const { status } = await call('create_pod', { ...ORDER, name: `pod-${n}` });
        if (status !== 'done') throw new Error(`an order ended as ${status}`);
      }),
    );
  }
  return median(times);
}

interface Under {
  calls: number;
  gated_ms: number;
}

/** `url`: the store's address; null = files. */
async function under(count: number, url: string | null): Promise<Under> {
  const all = await startReplicas({ count, program: PROGRAM, storeUrl: () => url });
  try {
    const clients: ReplicaClient[] = [];
    for (let n = 0; n < CLIENTS; n += 1) clients.push(await all.connect(true));
    for (const { call } of clients) await call('list_machines', ARGS);
    const calls = await callsPerSecond(clients);
    const [first] = clients;
    if (first === undefined) throw new Error('no client');
    return { calls, gated_ms: await gatedTime(all, first) };
  } finally {
    await all.close();
  }
}

const PLAN = {
  action: 'create_pod',
  ref: null,
  summary: 'Rent a machine.',
  effects: [],
  cost: {
    usd_per_hour: 0.4,
    usd_upfront: 0,
    usd_upfront_max: 0,
    basis: 'bench',
    quoted_at: '2026-03-28T12:00:00Z',
  },
  consequences: [],
  challenge: '0.40',
};
const ADDS = { usd_per_hour: 0.4, usd_upfront: 0, pods: 1 };

/** What the store does for one gated call, from its ticket to its outcome. Milliseconds, median. */
async function storeTime(store: Store): Promise<number> {
  const times: number[] = [];
  const at = new Date().toISOString();
  for (let n = 0; n < GATED; n += 1) {
    const key = `ticket-${n}`;
    const agreed = { plan: PLAN, parts: [], facts: {}, usd_per_hour: 0.4, usd_upfront: 0 };
    const ms = await timed(async () => {
      await store.tickets.create({
        key,
        way: 'form',
        tool: 'create_pod',
        call: 'c',
        principal: 'p',
        session: 's',
        agreed,
      });
      await store.tickets.find(key);
      await store.tickets.take(key);
      const admission = await store.orders.admit(
        {
          at,
          tool: 'create_pod',
          cloud: 'volt',
          principal: 'p',
          name: `pod-${n}`,
          target: null,
          ticket: key,
          input: { name: `pod-${n}` },
          planned: { plan: PLAN, cloud: 'volt', before: [], facts: {}, adds: ADDS, data: null },
          adds: { usd_per_hour: 0.4, pods: 1 },
        },
        { listed: [], burning: [] },
        { usd_per_hour: 1000, pods: 1000 },
      );
      if (admission.kind !== 'admitted') throw new Error(`the order was not admitted: ${admission.kind}`);
      await store.tickets.ordered(key, admission.id);
      const outcome = { outcome: 'done', took_effect: true, ref: `volt:pod:${n}`, ended: null };
      const line = {
        at,
        session: 's',
        tool: 'create_pod',
        ref: null,
        summary: 'x',
        usd_per_hour: 0.4,
        usd_upfront: 0,
        answer: 'person' as const,
        outcome: 'done',
      };
      await store.orders.close(admission.id, outcome, line);
      await store.tickets.complete(key, {
        kind: 'done',
        output: {},
        ref: null,
        extras: [],
        reconciled: false,
      });
    });
    times.push(ms);
  }
  await store.close();
  return median(times);
}

/** Two replicas on one PostgreSQL beside one server on files, in the same run; front, clients and clouds share its cores. */
export const load: Part = {
  name: 'load',
  async run() {
    const parent = mkdtempSync(join(tmpdir(), 'gpu-mcp-pg-'));
    chmodSync(parent, 0o755);
    const dir = join(parent, 'run');
    const figure = (name: string, value: number, unit: Figure['unit']): Figure => ({
      name,
      value,
      unit,
      machine: true,
    });
    try {
      const folder = join(parent, 'files');
      const figuresOf = (on: string, { calls, gated_ms }: Under, store_ms: number) => [
        figure(`calls a second, ${on}`, calls, 'calls'),
        figure(`gated call, ${on}`, gated_ms, 'ms'),
        figure(`store of a gated call, ${on}`, store_ms, 'ms'),
        figure(`store's share of a gated call in per cent, ${on}`, (100 * store_ms) / gated_ms, ''),
      ];
      const one = await under(1, null);
      const files = await storeTime(createFileStore({ accounts: { volt: folder }, shared: folder }));
      const figures = figuresOf('one server on files', one, files);
      const cluster = startCluster(dir);
      if (cluster === null) return { figures, notes: ['No PostgreSQL runs here.'] };
      const url = cluster.url('postgres');
      const connection = openConnection(url, () => {});
      const two = await under(2, url);
      const accounts = { volt: 'bench' };
      const postgres = await storeTime(createPostgresStore({ connection, accounts, scope: 'bench' }));
      figures.push(
        ...figuresOf('two replicas on one PostgreSQL (without fsync)', two, postgres),
        figure('calls a second, two replicas to one server', two.calls / one.calls, ''),
      );
      return { figures };
    } finally {
      removeCluster(dir);
      rmSync(parent, { recursive: true, force: true });
    }
  },
};
