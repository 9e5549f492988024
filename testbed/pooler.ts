import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PROGRAM = 'pgbouncer';
const PORT = 6432;
/** Nobody: PgBouncer refuses to run as root. */
const UNPRIVILEGED = 65534;
const START_MS = 10_000;

/** A PgBouncer between servers and their database. */
export interface Pooler {
  socketPath: string;
  close(): Promise<void>;
}

/** Fewer connections to the database than its clients have, each for one transaction at a time. */
const settings = (database: string, dir: string): string => `[databases]
* = host=${database} user=postgres
[pgbouncer]
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
listen_addr =
listen_port = ${PORT}
unix_socket_dir = ${dir}
auth_type = any
logfile = ${join(dir, 'log')}
`;

/**
 * Starts PgBouncer in transaction mode in front of a PostgreSQL whose socket is in a directory.
 * @throws if the program is not installed or does not start
 */
export async function startPooler(database: string): Promise<Pooler> {
  if (spawnSync(PROGRAM, ['--version']).status !== 0)
    throw new Error(`${PROGRAM} is not installed: on Debian, apt-get install pgbouncer`);
  const isRoot = process.getuid?.() === 0;
  const dir = join(database, 'pooler');
  const socketPath = join(dir, `.s.PGSQL.${PORT}`);
  const config = join(dir, 'pgbouncer.ini');
  mkdirSync(dir, { mode: 0o700 });
  writeFileSync(config, settings(database, dir));
  if (isRoot) for (const path of [dir, config]) chownSync(path, UNPRIVILEGED, UNPRIVILEGED);
  const as = isRoot ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  const child: ChildProcess = spawn(PROGRAM, ['--quiet', config], { cwd: dir, stdio: 'ignore', ...as });
  for (let waited = 0; !existsSync(socketPath); waited += 20) {
    if (child.exitCode !== null || waited > START_MS) throw new Error(`${PROGRAM} does not start`);
    await pause(20);
  }
  return {
    socketPath,
    async close() {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
