import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { settingsFor } from '../../testbed/testbed.ts';
import { type Figure, median, type Part } from '../figure.ts';
import { startPeer } from '../peer.ts';

const ROUNDS = 5;
const PROGRAM = 'dist/index.js';

/** One start: milliseconds from spawn to each answer, what the first call takes longer than the next, and MB of memory. */
async function startOnce(env: Readonly<Record<string, string | undefined>>) {
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

/** From spawn to the first answers, and the memory after the first call. */
export const start: Part = {
  name: 'start',
  async run() {
    const sandbox = await serveSandbox({ speed: 0, seed: 1 });
    const home = mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-bench-'));
    const env = settingsFor(sandbox, home);
    try {
      // The first start warms the file cache.
      await startOnce(env);
      const starts: Awaited<ReturnType<typeof startOnce>>[] = [];
      for (let round = 0; round < ROUNDS; round += 1) starts.push(await startOnce(env));
      const figure = (name: string, key: keyof (typeof starts)[number], goal: number): Figure => ({
        name,
        value: median(starts.flatMap((one) => one[key] ?? [])),
        unit: key === 'rss' ? 'MB' : 'ms',
        goal,
        machine: true,
      });
      const figures = [
        figure('spawn → `initialize` answered', 'first', 300),
        figure('spawn → `tools/list` answered', 'list', 500),
        figure('spawn → first call (`list_pods`) answered', 'call', 800),
        figure('first call longer than the second', 'extra', 250),
        figure('resident memory after the first call', 'rss', 90),
      ];
      return { figures: figures.filter(({ value }) => !Number.isNaN(value)) };
    } finally {
      await sandbox.close();
      rmSync(home, { recursive: true, force: true });
    }
  },
};
