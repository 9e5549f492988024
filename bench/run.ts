/**
 * What the server costs, beside the least that it could: every figure with its floor from the same run on the same machine.
 * Run: npm run bench [-- --only PART] [-- --json FILE]. Exit code 1 where a goal is missed.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { cpus, platform } from 'node:os';
import { litter } from './bundles.ts';
import { type Figure, isMet, type Part, ratioOf, tableOf } from './figure.ts';
import { serveListing } from './http-servers.ts';
import { calls } from './parts/calls.ts';
import { httpList } from './parts/http-list.ts';
import { list } from './parts/list.ts';
import { memory } from './parts/memory.ts';
import { reads } from './parts/reads.ts';
import { redaction } from './parts/redaction.ts';
import { start } from './parts/start.ts';
import { serveStaticCloud } from './static-cloud.ts';

const PARTS: readonly Part[] = [start, list, reads, calls, httpList, memory, redaction];
/** Benchmarks with a table of their own: they run after these, and their exit code says whether their goals are met. */
const PROGRAMS = ['http', 'poller'] as const;

/** What a process forked by a part does instead. */
const ROLES: Readonly<Record<string, () => Promise<void>>> = {
  'static-cloud': serveStaticCloud,
  'list-ours': () => serveListing('ours'),
  'list-static': () => serveListing('static'),
};

const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};

function reportOf(figures: readonly Figure[]) {
  return {
    at: new Date().toISOString(),
    node: process.version,
    system: `${platform()}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    figures: figures.map((figure) => ({ ...figure, ratio: ratioOf(figure), met: isMet(figure) })),
  };
}

function tidy(): void {
  for (const dir of litter) rmSync(dir, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const only = option('only');
  const figures: Figure[] = [];
  try {
    for (const part of PARTS) {
      if (only !== undefined && only !== part.name) continue;
      process.stderr.write(`${part.name} …\n`);
      figures.push(...(await part.run()));
    }
  } finally {
    tidy();
  }
  if (figures.length > 0) console.log(tableOf(figures));
  const file = option('json');
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(reportOf(figures), null, 2)}\n`);
  if (figures.some((figure) => isMet(figure) === false)) process.exitCode = 1;
  for (const program of PROGRAMS) {
    if (only !== undefined && only !== program) continue;
    console.log(`\n${program}`);
    const { status } = spawnSync(process.execPath, ['scripts/run-ts.mjs', `bench/${program}.ts`], {
      stdio: 'inherit',
    });
    if (status !== 0) process.exitCode = 1;
  }
}

// A forked process ends when its part tells it to.
process.once('SIGTERM', () => {
  tidy();
  process.exit();
});
await (ROLES[process.argv[2] ?? ''] ?? main)();
