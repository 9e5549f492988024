/**
 * `npm run hosts [HOST…]`: runs the main job in real hosts, with a scripted model on loopback and the simulator, and
 * reports what the model read and what a person saw. HOSTS_DIR: the folder of the hosts; by default a scratch folder, into
 * which they are installed from npm (never as dependencies of this package). No account is used, and no key reaches a host.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HOSTS, NOT_HERE } from './hosts.mjs';
import { STEPS, startModel } from './model.mjs';

const APP = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
const LIMIT_MS = Number(process.env.HOSTS_LIMIT_S ?? 120) * 1000;
const say = (text) => process.stdout.write(`${text}\n`);

/** Installs a host beside the others unless it is there; its version. */
function install(base, host) {
  const folder = join(base, host.folder);
  if (!existsSync(join(folder, 'node_modules', '.bin', host.bin))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    const { status } = spawnSync(
      'npm',
      ['install', '--no-audit', '--no-fund', '--loglevel=error', host.package],
      {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    if (status !== 0) throw new Error(`${host.package} cannot be installed`);
  }
  const name = host.package.replace(/(?<=.)@[^@]*$/, '');
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
}

/** The environment of a host: an empty home, and nothing of ours but PATH. */
const environmentOf = (home) => ({
  PATH: process.env.PATH,
  HOME: home,
  TERM: 'dumb',
  NO_COLOR: '1',
  LANG: 'C.UTF-8',
  TMPDIR: join(home, 'tmp'),
});

/** Runs one host once; what it printed and how it ended. Past the limit its whole process group is ended. */
async function play(command, args, env, cwd) {
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let shown = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (shown += text));
  const end = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  const timer = setTimeout(end, LIMIT_MS);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearTimeout(timer);
  end();
  return { code, shown };
}

/** In which form a result of ours came: the words for a model, structured content, both, or neither. */
function formOf(text = '') {
  const isText = text.includes('machine | ') || text.includes('volt:machine:');
  const isJson = /"machines\\*":/.test(text);
  return isJson && text.includes('machine | ') ? 'both' : isJson ? 'JSON' : isText ? 'text' : 'nothing';
}

const auditOf = (state) =>
  existsSync(join(state, 'audit.jsonl'))
    ? readFileSync(join(state, 'audit.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];

async function check(base, host) {
  const version = install(base, host);
  const scratch = mkdtempSync(join(tmpdir(), `gpu-cloud-mcp-${host.id}-`));
  const [home, work, state] = ['home', 'work', 'state'].map((name) => join(scratch, name));
  for (const folder of [home, work, join(home, 'tmp')]) mkdirSync(folder, { recursive: true });
  const model = await startModel();
  const server = {
    command: process.execPath,
    args: [APP, 'serve', '--sandbox', '--sandbox-speed', '40', '--state-dir', state, '--log-level', 'error'],
  };
  try {
    const { args, env } = host.run({ home, work, model: model.url, server });
    const bin = join(base, host.folder, 'node_modules', '.bin', host.bin);
    const { code, shown } = await play(bin, args, { ...environmentOf(home), ...env }, work);
    return { host, version, code, shown, read: model.read, skipped: model.skipped, audit: auditOf(state) };
  } finally {
    model.closeAll();
    model.close();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** How consent came about, by the server's own audit log. */
function consentOf({ audit, read }) {
  const made = audit.find(({ tool, outcome }) => tool === 'create_pod' && outcome === 'done');
  if (made) return `rented: consent by ${made.answer}`;
  if (read.plan === undefined) return 'the plan was never read';
  return `not rented: ${/\b(confirmation_required|declined|over_limit|invalid_input)\b/.exec(read.plan)?.[1] ?? 'plan only'}`;
}

function report(found) {
  const { host, version, code, shown, read, skipped, audit } = found;
  const deleted = audit.some(({ tool, outcome }) => tool === 'delete_pod' && outcome === 'done');
  say(`\n## ${host.title} ${version} (exit code ${code})`);
  say(`list: the model read ${formOf(read.list)}. ${consentOf(found)}. Deleted: ${deleted ? 'yes' : 'no'}.`);
  for (const { name } of STEPS) {
    const text = read[name]?.replace(/\s+/g, ' ');
    say(
      `- ${name}: ${text === undefined ? (skipped[name] ?? 'not reached') : `${text.length} characters: ${text.slice(0, 160)}`}`,
    );
  }
  say(
    `A person saw ${shown.length} characters, the last: ${shown.trim().split('\n').slice(-2).join(' / ').slice(0, 200)}`,
  );
  return `| ${host.title} | ${version} | ${new Date().toISOString().slice(0, 10)} | ${formOf(read.list)} | ${consentOf(found)} | ${deleted ? 'yes' : 'no'} |`;
}

const wanted = process.argv.slice(2);
const unknown = wanted.find((id) => !HOSTS.some((host) => host.id === id));
if (unknown !== undefined) {
  process.stderr.write(`There is no host "${unknown}". Hosts: ${HOSTS.map(({ id }) => id).join(', ')}.\n`);
  process.exit(2);
}
const base = process.env.HOSTS_DIR ?? join(tmpdir(), 'gpu-cloud-mcp-hosts');
const rows = [];
// One after the other: a host that waits two seconds for its servers would start without ours on a busy machine.
for (const host of HOSTS.filter(({ id }) => wanted.length === 0 || wanted.includes(id))) {
  try {
    rows.push(report(await check(base, host)));
  } catch (error) {
    process.exitCode = 1;
    say(`\n## ${host.title}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
say('\n| host | version | tried | the model reads | consent | deleted |\n|---|---|---|---|---|---|');
for (const row of rows) say(row);
say(`\nNot run here:\n${NOT_HERE.map((line) => `- ${line}`).join('\n')}`);
