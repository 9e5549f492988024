/**
 * `npm run hosts [-- HOST…]`: runs the main job in real hosts, with a scripted model on loopback and the simulator, and
 * reports what the model read and what a person saw: once alone, once with a person who says yes, in a terminal of tmux.
 * HOSTS_DIR: the folder of the hosts; by default a scratch folder, into which they are installed from npm (never as
 * dependencies of this package). No account is used, and no key reaches a host.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOSTS, NOT_HERE } from './hosts.mjs';
import { HEAD, reportOf, rowOf } from './report.mjs';
import { install, runHost } from './run.mjs';
import { HAS_TMUX } from './terminal.mjs';

const say = (text) => process.stdout.write(`${text}\n`);

const wanted = process.argv.slice(2);
const unknown = wanted.find((id) => !HOSTS.some((host) => host.id === id));
if (unknown !== undefined) {
  process.stderr.write(`There is no host "${unknown}". Hosts: ${HOSTS.map(({ id }) => id).join(', ')}.\n`);
  process.exit(2);
}
const base = process.env.HOSTS_DIR ?? join(tmpdir(), 'gpu-cloud-mcp-hosts');
const rows = [];
if (!HAS_TMUX) say('There is no tmux here, so no host is run with a person.');
// One after the other: a host that waits two seconds for its servers would start without ours on a busy machine.
for (const host of HOSTS.filter(({ id }) => wanted.length === 0 || wanted.includes(id))) {
  try {
    const version = install(base, host);
    const alone = await runHost(base, host, false);
    const attended = HAS_TMUX && host.screens ? await runHost(base, host, true) : null;
    say(`\n${reportOf({ host, version, alone, attended })}`);
    rows.push(rowOf({ host, version, alone, attended }));
  } catch (error) {
    process.exitCode = 1;
    say(`\n## ${host.title}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
say(`\n${[...HEAD, ...rows].join('\n')}`);
say(`\nNot run here:\n${NOT_HERE.map((line) => `- ${line}`).join('\n')}`);
