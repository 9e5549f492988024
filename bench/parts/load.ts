import { type OwnCluster, startOwnCluster } from '../../testbed/postgres.ts';
import { type ReplicaClient, type Replicas, startReplicas } from '../../testbed/replicas.ts';
import { type Figure, median, type Part, timed } from '../figure.ts';

const PROGRAM = 'dist/index.js';
const CLIENTS = 8;
const LOAD_MS = 5000;
const ARGS = { gpu: 'H100', limit: 5 };

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

/** Two replicas on one PostgreSQL beside one server on files, in the same run; front, clients and clouds share its cores. */
export const load: Part = {
  name: 'load',
  async run() {
    const figuresOf = (on: string, { calls, gated_ms }: Under): Figure[] => [
      { name: `calls a second, ${on}`, value: calls, unit: 'calls', machine: true },
      { name: `gated call, ${on}`, value: gated_ms, unit: 'ms', machine: true },
    ];
    const one = await under(1, null);
    const first = figuresOf('one server on files', one);
    let own: OwnCluster;
    try {
      own = startOwnCluster();
    } catch (error) {
      return { figures: first, notes: [String(error)] };
    }
    const { cluster, close } = own;
    try {
      const two = await under(2, cluster.url('postgres'));
      const ratio = two.calls / one.calls;
      return {
        figures: [
          ...first,
          ...figuresOf('two replicas on one PostgreSQL (without fsync)', two),
          { name: 'calls a second, two replicas to one server', value: ratio, unit: '', machine: true },
        ],
      };
    } finally {
      close();
    }
  },
};
