/**
 * What users feel: start, requests and time of each call, what a model reads, and the poller.
 * Run: npm run bench [-- --only PART]. Exit code 1 if a goal is missed that does not depend on the machine.
 */
import { spawnSync } from 'node:child_process';
import { type Figure, isMet, type Part, tableOf } from './figure.ts';
import { job } from './parts/job.ts';
import { list } from './parts/list.ts';
import { load } from './parts/load.ts';
import { redaction } from './parts/redaction.ts';
import { start } from './parts/start.ts';
import { tools } from './parts/tools.ts';

const PARTS: readonly Part[] = [start, list, job, tools, redaction, load];

const at = process.argv.indexOf('--only');
const only = at < 0 ? undefined : process.argv[at + 1];
const wanted = (name: string): boolean => only === undefined || only === name;

const figures: Figure[] = [];
const notes: string[] = [];
for (const part of PARTS.filter(({ name }) => wanted(name))) {
  process.stderr.write(`${part.name} …\n`);
  const found = await part.run();
  figures.push(...found.figures);
  notes.push(...(found.notes ?? []).map((note) => `${part.name}\n\n${note}`));
}
if (figures.length > 0) console.log([tableOf(figures), ...notes].join('\n\n'));
if (figures.some((figure) => !isMet(figure) && figure.machine !== true)) process.exitCode = 1;
// The poller runs in a process of its own: its hours are virtual, and its own goals decide its exit code.
if (wanted('poller')) {
  console.log('\npoller\n');
  const poller = spawnSync(process.execPath, ['scripts/run-ts.mjs', 'bench/poller.ts'], { stdio: 'inherit' });
  if (poller.status !== 0) process.exitCode = 1;
}
