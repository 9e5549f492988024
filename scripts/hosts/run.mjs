import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startModel } from './model.mjs';
import { attend } from './person.mjs';

const APP = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
const LIMIT_MS = Number(process.env.HOSTS_LIMIT_S ?? 120) * 1000;

const nameOf = (spec) => spec.replace(/(?<=.)@[^@]*$/, '');

/** Installs a host in a folder of its own unless it is there; its version. */
export function install(base, host) {
  const folder = join(base, host.id);
  const manifest = join(folder, 'node_modules', nameOf(host.packages[0]), 'package.json');
  const isThere = host.packages.every((spec) => existsSync(join(folder, 'node_modules', nameOf(spec))));
  if (!isThere) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    const { status } = spawnSync(
      'npm',
      ['install', '--no-audit', '--no-fund', '--loglevel=error', ...host.packages],
      { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    if (status !== 0) throw new Error(`${host.packages.join(' ')} cannot be installed`);
  }
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

/** The environment of a host: an empty home, and nothing of ours but PATH. */
const environmentOf = (home) => ({
  PATH: process.env.PATH,
  HOME: home,
  TERM: 'dumb',
  LANG: 'C.UTF-8',
  TMPDIR: join(home, 'tmp'),
});

/** Runs one host once with nobody there; what it printed and how it ended. Past the limit its whole process group is ended. */
async function runAlone({ command, args, env, cwd }) {
  const child = spawn(command, args, {
    cwd,
    env: { ...env, NO_COLOR: '1' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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

/** Ends the daemons that a host left: every process that has this home, if the system shows the environment (Linux). */
function endAllOf(home) {
  for (const pid of existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : []) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (environment.includes(`HOME=${home}`)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended, or is not ours to see.
    }
  }
}

const auditOf = (state) =>
  existsSync(join(state, 'audit.jsonl'))
    ? readFileSync(join(state, 'audit.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];

/**
 * The main job in one host, alone or with a person: what the model read, what our server wrote into its audit log, and
 * what came to the screen. Home, work and state are new for each run.
 */
async function runOnce(base, host, attended) {
  const folder = join(base, host.id);
  const scratch = mkdtempSync(join(tmpdir(), `gpu-cloud-mcp-${host.id}-`));
  const [home, work, state] = ['home', 'work', 'state'].map((name) => join(scratch, name));
  for (const one of [home, work, join(home, 'tmp')]) mkdirSync(one, { recursive: true });
  const model = await startModel();
  const server = {
    command: process.execPath,
    args: [APP, 'serve', '--sandbox', '--sandbox-speed', '40', '--state-dir', state, '--log-level', 'error'],
  };
  try {
    const {
      args,
      env,
      command = join(folder, 'node_modules', '.bin', host.bin),
    } = host.start({ home, work, folder, model: model.url, server, attended });
    const launch = { command, args, env: { ...environmentOf(home), ...env }, cwd: work };
    const came = attended ? await attend(host, launch, model, LIMIT_MS) : await runAlone(launch);
    return { ...came, read: model.read, skipped: model.skipped, audit: auditOf(state), tries: 1 };
  } finally {
    model.closeAll();
    model.close();
    endAllOf(home);
    // Helpers that a host leaves behind may still write: what they write stays in the system's temporary folder.
    await rm(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => {});
  }
}

/** The same, again if the host began before our server was ready and so without our tools; three times at most. */
export async function runHost(base, host, attended) {
  let run = await runOnce(base, host, attended);
  for (let tries = 2; tries <= 3 && Object.keys(run.read).length === 0; tries += 1)
    run = { ...(await runOnce(base, host, attended)), tries };
  return run;
}
