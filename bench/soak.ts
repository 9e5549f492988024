import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readOptions } from './options.ts';
import { heapGrowth, soak } from './soak/run.ts';
import { openStoreFor } from './stores.ts';

const MAX_GROWTH_MB = 16;

const option = readOptions({
  usage: 'npm run soak -- [--seed N] [--steps N] [--minutes N] [--replicas 2]',
  about:
    'Random calls under random faults; everything is checked after each. Exit code 1 at the first thing that does not hold.',
  options: {
    seed: { default: 'the time', meaning: 'repeats a run' },
    steps: { default: 'no end', meaning: 'ends it after so many steps' },
    minutes: { default: '10', meaning: 'ends it after so many minutes' },
    replicas: {
      default: '1',
      meaning: '2: two servers on one PostgreSQL, called in turns and at the same time',
    },
  },
});
const numberOf = (name: 'seed' | 'steps' | 'minutes', otherwise: number): number => {
  const value = Number(option(name));
  return Number.isFinite(value) ? value : otherwise;
};

// The collector is called before memory is measured.
setFlagsFromString('--expose-gc');
globalThis.gc ??= runInNewContext('gc');

const seed = numberOf('seed', Math.floor(Date.now() / 1000) % 1_000_000);
const minutes = numberOf('minutes', 10);
const { store, close } = await openStoreFor(option('replicas'));
console.log(
  `seed ${seed}, ${minutes} minutes, ${option('replicas')} server(s)${globalThis.gc === undefined ? ', without --expose-gc: memory is not checked' : ''}`,
);
const report = await soak({
  seed,
  steps: numberOf('steps', Number.MAX_SAFE_INTEGER),
  store,
  ms: minutes * 60_000,
  onProgress: (done, { heap_mb }) => {
    if (done % 1000 === 0) console.log(`${done} steps, heap ${heap_mb.at(-1) ?? '?'} MB`);
  },
});
await close();
const growth = heapGrowth(report);
console.log(JSON.stringify({ ...report, heap_mb: undefined, heap_growth_mb: growth }, null, 2));
if (growth !== null && growth > MAX_GROWTH_MB) console.error(`The heap grew by ${growth} MB.`);
process.exitCode = report.failure === null && (growth ?? 0) <= MAX_GROWTH_MB ? 0 : 1;
