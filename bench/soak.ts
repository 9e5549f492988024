import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { heapGrowth, soak } from './soak/run.ts';

// Ten minutes of random calls under random faults. `--seed N` repeats a run, `--steps N` ends it after
// so many steps, `--minutes N` after so many minutes.

const MOST_GROWTH_MB = 16;

function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}

// The collector is called before memory is measured.
setFlagsFromString('--expose-gc');
globalThis.gc ??= runInNewContext('gc');

const seed = option('seed', Math.floor(Date.now() / 1000) % 1_000_000);
const minutes = option('minutes', 10);
console.log(
  `seed ${seed}, ${minutes} minutes${globalThis.gc === undefined ? ', without --expose-gc: memory is not checked' : ''}`,
);
const report = await soak({
  seed,
  steps: option('steps', Number.MAX_SAFE_INTEGER),
  ms: minutes * 60_000,
  onProgress: (done, { heap_mb }) => {
    if (done % 1000 === 0) console.log(`${done} steps, heap ${heap_mb.at(-1) ?? '?'} MB`);
  },
});
const growth = heapGrowth(report);
console.log(JSON.stringify({ ...report, heap_mb: undefined, heap_growth_mb: growth }, null, 2));
if (growth !== null && growth > MOST_GROWTH_MB) console.error(`The heap grew by ${growth} MB.`);
process.exitCode = report.failure === null && (growth ?? 0) <= MOST_GROWTH_MB ? 0 : 1;
