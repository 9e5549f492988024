import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { settingsFor } from '../../testbed/testbed.ts';
import { type Figure, median, type Part } from '../figure.ts';
import { startPeer } from '../peer.ts';

const ROUNDS = 5;
const PROGRAM = 'dist/index.js';

interface Start {
  first: number;
  list: number;
  call: number;
  /** What the first call takes longer than the same call after it, milliseconds. */
  extra: number;
  /** Until the handshake and all lists are answered while no cloud answers, milliseconds. */
  hanging: number;
  /** Requests to the clouds for all that asks none. */
  asked: number;
  rss: number | null;
}

/** What asks no cloud at all; resources/list starts a look in the background and waits for none. */
const SILENT = ['tools/list', 'prompts/list', 'resources/templates/list'];

/** One start: times from spawn to each answer. */
async function startOnce(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Omit<Start, 'hanging' | 'asked'>> {
  const started = performance.now();
  const since = () => performance.now() - started;
  const peer = startPeer(PROGRAM, env);
  await peer.greet();
  const first = since();
  await peer.ask('tools/list');
  const list = since();
  const ask = () => peer.ask('tools/call', { name: 'list_pods', arguments: {} });
  await ask();
  const call = since();
  await ask();
  const extra = call - list - (since() - call);
  const rss = peer.memory();
  await peer.end();
  return { first, list, call, extra, rss };
}

/**
 * From spawn until everything is answered that a host asks for before it shows our tools, while no cloud answers. One that
 * waited for a cloud would not be answered in time.
 */
async function startHanging(
  env: Readonly<Record<string, string | undefined>>,
  requests: () => number,
): Promise<Pick<Start, 'hanging' | 'asked'>> {
  const started = performance.now();
  const before = requests();
  const peer = startPeer(PROGRAM, env);
  await peer.greet();
  await Promise.all(SILENT.map((method) => peer.ask(method)));
  const asked = requests() - before;
  await peer.ask('resources/list');
  const hanging = performance.now() - started;
  await peer.end();
  return { hanging, asked };
}

/** From spawn to the first answers, and the memory after the first call. */
export const start: Part = {
  name: 'start',
  async run() {
    const sandbox = await serveSandbox({ speed: 0, seed: 1 });
    const home = mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-bench-'));
    const env = settingsFor(sandbox, home);
    const starts: Start[] = [];
    try {
      for (let round = 0; round <= ROUNDS; round += 1) {
        const found = await startOnce(env);
        sandbox.world.faults.add({ kind: 'hang', times: 1000 });
        const hanging = await startHanging(env, () => [...sandbox.world.requests].length);
        sandbox.world.faults.clear();
        // The first round warms the file cache.
        if (round > 0) starts.push({ ...found, ...hanging });
      }
    } finally {
      await sandbox.close();
      rmSync(home, { recursive: true, force: true });
    }
    const ms = (name: string, values: number[], goal: number): Figure => ({
      name,
      value: median(values),
      unit: 'ms',
      goal,
      machine: true,
    });
    const rss = starts.flatMap((one) => one.rss ?? []);
    const figures = [
      ms(
        'spawn → `initialize` answered',
        starts.map(({ first }) => first),
        300,
      ),
      ms(
        'spawn → `tools/list` answered',
        starts.map(({ list }) => list),
        500,
      ),
      ms(
        'spawn → first call (`list_pods`) answered',
        starts.map(({ call }) => call),
        800,
      ),
      ms(
        'first call longer than the second',
        starts.map(({ extra }) => extra),
        250,
      ),
      ms(
        'spawn → all lists answered, clouds hang',
        starts.map(({ hanging }) => hanging),
        1000,
      ),
      {
        name: 'requests to the clouds for the handshake and the lists of tools, prompts and templates',
        value: Math.max(...starts.map(({ asked }) => asked)),
        unit: 'requests',
        goal: 0,
      } satisfies Figure,
      ...(rss.length === 0
        ? []
        : [
            {
              name: 'resident memory after the first call',
              value: median(rss),
              unit: 'MB',
              goal: 90,
              machine: true,
            } satisfies Figure,
          ]),
    ];
    return { figures };
  },
};
