import { type Figure, isMet, type Part, tableOf } from './figure.ts';
import { readOptions } from './options.ts';
import { job } from './parts/job.ts';
import { list } from './parts/list.ts';
import { load } from './parts/load.ts';
import { poller } from './parts/poller.ts';
import { start } from './parts/start.ts';
import { tools } from './parts/tools.ts';

const PARTS: readonly Part[] = [start, list, job, tools, poller, load];

const option = readOptions({
  usage: 'npm run bench -- [--only PART]',
  about: 'Measures what users feel. Exit code 1 if a goal is missed that does not depend on the machine.',
  options: { only: { default: 'all', meaning: `one of ${PARTS.map(({ name }) => name).join(', ')}` } },
});
const only = option('only');
const wanted = PARTS.filter(({ name }) => only === 'all' || only === name);
if (wanted.length === 0) throw new Error(`There is no part ${only}.`);

const figures: Figure[] = [];
const notes: string[] = [];
for (const part of wanted) {
  process.stderr.write(`${part.name} …\n`);
  const found = await part.run();
  figures.push(...found.figures);
  notes.push(...(found.notes ?? []).map((note) => `${part.name}\n\n${note}`));
}
console.log([tableOf(figures), ...notes].join('\n\n'));
if (figures.some((figure) => !isMet(figure) && figure.machine !== true)) process.exitCode = 1;
