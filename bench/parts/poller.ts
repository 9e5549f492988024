/**
 * What watching costs and how soon a change is seen: requests an hour and detection delay for 1, 50 and 1,000
 * subscriptions over 1, 10 and 500 pods, settled and in transition. One virtual hour each, against the sandbox over
 * loopback HTTP. Run: node scripts/run-ts.mjs bench/poller.ts [--json]. Exit code 1 if a goal is missed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRuntime } from '../src/app.ts';
import { readConfig } from '../src/config/read.ts';
import type { Runtime } from '../src/engine/runtime.ts';
import { createSubscriptions } from '../src/engine/subscriptions.ts';
import { serveSandbox } from '../src/sandbox/serve.ts';
import type { World } from '../src/sandbox/world.ts';
import { createVirtualTime } from '../testbed/virtual-time.ts';

const SUBSCRIPTIONS = [1, 50, 1000] as const;
const PODS = [1, 10, 500] as const;
const MODES = ['settled', 'in transition'] as const;
const ROUND_SECONDS = 300;
const ROUNDS = 12;
/** The goal: a change during a transition is seen within so many seconds. */
const GOAL_SECONDS = 6;

interface Result {
  mode: (typeof MODES)[number];
  pods: number;
  subscriptions: number;
  requests_per_hour: number;
  changes: number;
  delay_median_seconds: number;
  delay_worst_seconds: number;
}

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function fill(world: World, pods: number): string[] {
  const [machine] = world.volt.machines;
  if (machine === undefined) throw new Error('the sandbox has no machines');
  machine.available_gpus = pods;
  return Array.from({ length: pods }, (_, n) =>
    world.addPod('volt', { name: `pod-${n}`, machine_id: machine.id }),
  );
}

interface Scene {
  world: World;
  advance: (seconds: number) => Promise<void>;
  random: () => number;
  /** Pods that somebody has subscribed to. */
  watched: string[];
  mode: Result['mode'];
  /** Called at each change whose detection counts. */
  changed: (id: string) => void;
}

/** One round of five minutes: a change out of the blue, or one at the end of a transition that was seen to begin. */
async function round({ world, advance, random, watched, mode, changed }: Scene): Promise<void> {
  const id = watched[Math.floor(random() * watched.length)] ?? '';
  const before = 90 + random() * 60;
  const after = ROUND_SECONDS - before;
  if (mode === 'in transition') world.setPodState('volt', id, 'pending');
  await advance(before);
  changed(id);
  const now = world.pods.get('volt', id)?.state;
  world.setPodState('volt', id, now === 'running' ? 'stopped' : 'running');
  await advance(after);
}

async function subscribeAll(
  runtime: Runtime,
  ids: readonly string[],
  many: number,
  seen: (id: string) => void,
) {
  const watched = Array.from({ length: many }, (_, n) => ids[n % ids.length] ?? '');
  await Promise.all(
    watched.map((id) => {
      const session = createSubscriptions(runtime, { updated: () => seen(id), listChanged: () => {} });
      session.open();
      return session.subscribe(`gpu://volt/pod/${id}`);
    }),
  );
  return [...new Set(watched)];
}

const middle = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
const rounded = (seconds: number): number => Math.round(seconds * 10) / 10;

async function measure(mode: Result['mode'], pods: number, subscriptions: number): Promise<Result> {
  const random = seeded(pods * 7919 + subscriptions);
  const sandbox = await serveSandbox({ speed: 0, start: '2026-03-28T14:00:00Z' });
  const { world, volt } = sandbox;
  const home = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-bench-'));
  const time = createVirtualTime(world.clock, async () => runtime.poller.idle());
  const { runtime, close } = await openRuntime(
    readConfig({ GPU_MCP_STATE_DIR: home, VOLT_API_KEY: volt.apiKey, VOLT_BASE_URL: volt.baseUrl }, {}),
    { now: () => new Date(world.clock.now()), random, schedule: time.schedule, log: () => {} },
  );
  const open = new Map<string, number>();
  const delays: number[] = [];
  const seen = (id: string) => {
    const at = open.get(id);
    if (at === undefined) return;
    open.delete(id);
    delays.push((world.clock.now() - at) / 1000);
  };
  try {
    const ids = fill(world, pods);
    const watched = await subscribeAll(runtime, ids, subscriptions, seen);
    await time.advance(ROUND_SECONDS);
    let requests = 0;
    for (let n = 0; n < ROUNDS; n += 1) {
      world.requests.clear();
      const changed = (id: string) => open.set(id, world.clock.now());
      await round({ world, advance: time.advance, random, watched, mode, changed });
      requests += world.requests.length;
    }
    if (open.size > 0) throw new Error('a change was not seen at all');
    delays.sort((a, b) => a - b);
    return {
      mode,
      pods,
      subscriptions,
      requests_per_hour: Math.round(requests / ((ROUNDS * ROUND_SECONDS) / 3600)),
      changes: delays.length,
      delay_median_seconds: rounded(middle(delays)),
      delay_worst_seconds: rounded(delays.at(-1) ?? Number.NaN),
    };
  } finally {
    await close();
    await sandbox.close();
    await rm(home, { recursive: true, force: true });
  }
}

const COLUMNS = ['', 'pods', 'subscriptions', 'requests/h', 'median delay', 'worst delay'];

function table(results: readonly Result[]): string {
  const rows = results.map((row) => [
    row.mode,
    row.pods,
    row.subscriptions,
    row.requests_per_hour,
    `${row.delay_median_seconds} s`,
    `${row.delay_worst_seconds} s`,
  ]);
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(COLUMNS), line(['---', ...COLUMNS.slice(1).map(() => '---:')]), ...rows.map(line)].join('\n');
}

/** The goals that these results miss, in words. */
function misses(results: readonly Result[]): string[] {
  const late = results.filter(
    (row) => row.mode === 'in transition' && row.delay_worst_seconds > GOAL_SECONDS,
  );
  const dear = results.filter((row) => row.requests_per_hour > 500);
  const uneven = MODES.filter((mode) => {
    const counts = results.filter((row) => row.mode === mode).map((row) => row.requests_per_hour);
    return Math.max(...counts) > Math.min(...counts) * 1.25;
  });
  return [
    ...late.map((row) => `${row.subscriptions} over ${row.pods}: seen after ${row.delay_worst_seconds} s`),
    ...dear.map((row) => `${row.subscriptions} over ${row.pods}: ${row.requests_per_hour} requests an hour`),
    ...uneven.map((mode) => `${mode}: requests grow with subscriptions or pods`),
  ];
}

const results: Result[] = [];
for (const mode of MODES) {
  for (const pods of PODS) for (const many of SUBSCRIPTIONS) results.push(await measure(mode, pods, many));
}
const missed = misses(results);
const json = JSON.stringify({ bench: 'poller', goal_seconds: GOAL_SECONDS, missed, results });
for (const one of missed) console.error(`missed: ${one}`);
process.stdout.write(`${process.argv.includes('--json') ? json : table(results)}\n`);
if (missed.length > 0) process.exitCode = 1;
