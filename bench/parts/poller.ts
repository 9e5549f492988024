import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRuntime } from '../../src/app.ts';
import { readConfig } from '../../src/config/read.ts';
import { createSubscriptions } from '../../src/engine/subscriptions.ts';
import { createRandom } from '../../src/sandbox/random.ts';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { createVirtualTime } from '../../testbed/virtual-time.ts';
import { markdownTable, median, type Part } from '../figure.ts';

const SUBSCRIPTIONS = [1, 50, 1000] as const;
const PODS = [1, 10, 500] as const;
const MODES = ['settled', 'in transition'] as const;
type Mode = (typeof MODES)[number];
const ROUND_SECONDS = 300;
const ROUNDS = 12;

interface Result {
  mode: Mode;
  pods: number;
  subscriptions: number;
  /** Requests to the cloud in an hour. */
  requests: number;
  /** Seconds until a change was notified. */
  median: number;
  worst: number;
}

/** A virtual hour with a change every five minutes: unexpected, or the end of a transition that was seen to begin. */
async function measure(mode: Mode, pods: number, subscriptions: number): Promise<Result> {
  const { next: random } = createRandom(pods * 7919 + subscriptions);
  const sandbox = await serveSandbox({ speed: 0, start: '2026-03-28T14:00:00Z' });
  const { world, volt } = sandbox;
  const home = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-bench-'));
  const time = createVirtualTime(world.clock, async () => runtime.poller.idle());
  const { runtime, close } = await openRuntime(
    readConfig({ GPU_MCP_STATE_DIR: home, VOLT_API_KEY: volt.apiKey, VOLT_BASE_URL: volt.baseUrl }, {}),
    { now: () => new Date(world.clock.now()), random, schedule: time.schedule, log: () => {} },
  );
  const changes = new Map<string, number>();
  const delays: number[] = [];
  const seen = (id: string) => {
    const at = changes.get(id);
    if (at === undefined) return;
    changes.delete(id);
    delays.push((world.clock.now() - at) / 1000);
  };
  try {
    const [machine] = world.volt.machines;
    if (machine === undefined) throw new Error('the sandbox has no machines');
    machine.available_gpus = pods;
    const ids = Array.from({ length: pods }, (_, n) =>
      world.addPod('volt', { name: `pod-${n}`, machine_id: machine.id }),
    );
    const watched = Array.from({ length: subscriptions }, (_, n) => ids[n % pods] ?? '');
    await Promise.all(
      watched.map((id) => {
        const session = createSubscriptions(runtime, { updated: () => seen(id), listChanged: () => {} });
        session.open();
        return session.subscribe(`gpu://volt/pod/${id}`);
      }),
    );
    await time.advance(ROUND_SECONDS);
    world.requests.clear();
    for (let n = 0; n < ROUNDS; n += 1) {
      const id = watched[Math.floor(random() * watched.length)] ?? '';
      const before = 90 + random() * 60;
      if (mode === 'in transition') world.setPodState('volt', id, 'pending');
      await time.advance(before);
      changes.set(id, world.clock.now());
      const now = world.pods.get('volt', id)?.state;
      world.setPodState('volt', id, now === 'running' ? 'stopped' : 'running');
      await time.advance(ROUND_SECONDS - before);
    }
    if (changes.size > 0) throw new Error('a change was not seen at all');
    const requests = world.requests.length;
    return { mode, pods, subscriptions, requests, median: median(delays), worst: Math.max(...delays) };
  } finally {
    await close();
    await sandbox.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** What watching costs, and how soon a change is seen, in virtual hours. */
export const poller: Part = {
  name: 'poller',
  async run() {
    const results: Result[] = [];
    for (const mode of MODES)
      for (const pods of PODS)
        for (const many of SUBSCRIPTIONS) results.push(await measure(mode, pods, many));
    const of = (wanted: Mode) => results.filter(({ mode }) => mode === wanted);
    const counts = (rows: readonly Result[]) => rows.map(({ requests }) => requests);
    const growth = MODES.map((mode) => Math.max(...counts(of(mode))) / Math.min(...counts(of(mode))));
    const arrivals = of('in transition').map(({ worst }) => worst);
    const head = ['', 'pods', 'subscriptions', 'requests/h', 'median delay', 'worst delay'];
    const rows = results.map((row) => [
      row.mode,
      ...[row.pods, row.subscriptions, row.requests].map(String),
      ...[row.median, row.worst].map((seconds) => `${seconds.toFixed(1)} s`),
    ]);
    return {
      notes: [markdownTable(head, rows)],
      figures: [
        { name: 'a change during a transition is seen', value: Math.max(...arrivals), unit: 's', goal: 6 },
        { name: 'poller, most in an hour', value: Math.max(...counts(results)), unit: 'requests', goal: 500 },
        {
          name: 'poller, requests by number of watchers or pods',
          value: Math.max(...growth),
          unit: '',
          goal: 1.25,
        },
      ],
    };
  },
};
