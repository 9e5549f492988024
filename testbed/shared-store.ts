import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openConnection } from '../src/store/postgres/connection.ts';

/** The clock of a sandbox. */
interface Clock {
  now(): number;
  advance(seconds: number): void;
}

/** The records of one account, which several servers share. */
export interface SharedAccount {
  /** The settings of its server in this place. */
  settings(place: number): { GPU_MCP_STORE_URL: string; GPU_MCP_ACCOUNT: string };
  /** From now on the database's time is this clock's, for the servers of this account. */
  follow(clock: Clock): void;
}

/** One PostgreSQL database for the servers of many sandboxes. */
export interface SharedStore {
  /** A new account without records, whose time is the computer's until it follows a clock. */
  account(): SharedAccount;
  /** All present users of the store count as ended: a process that was killed is not waited for. */
  forgetAll(): Promise<void>;
  close(): Promise<void>;
}

/** The database's time: what the file says that a connection names, the computer's if there is none. */
const CLOCK = `create or replace function gpu_mcp.clock() returns timestamptz language sql volatile as $$
  select coalesce(
    to_timestamp(pg_read_file(current_setting('gpu_mcp.clock_file', true), 0, 100, true)::double precision / 1000),
    clock_timestamp()) $$`;

/** Prepares an empty database. Its server must run on this computer, and the address be a superuser's. */
export async function openSharedStore(url: string): Promise<SharedStore> {
  const dir = mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-clocks-'));
  chmodSync(dir, 0o755);
  const { presence, close } = openConnection(url, () => {});
  await presence.ready();
  await close();
  const sql = new pg.Client({ connectionString: url });
  await sql.connect();
  await sql.query(CLOCK);
  return {
    account() {
      const name = randomUUID();
      const file = join(dir, name);
      return {
        settings(place) {
          const address = new URL(url);
          // Each address has a connection of its own, as each replica would.
          address.searchParams.set('application_name', `replica-${place}`);
          address.searchParams.set('options', `-c gpu_mcp.clock_file=${file}`);
          return { GPU_MCP_STORE_URL: address.href, GPU_MCP_ACCOUNT: name };
        },
        follow(clock) {
          const show = () => {
            writeFileSync(`${file}.next`, String(clock.now()));
            renameSync(`${file}.next`, file);
          };
          const { advance } = clock;
          clock.advance = (seconds) => {
            advance(seconds);
            show();
          };
          show();
        },
      };
    },
    async forgetAll() {
      await sql.query(`update gpu_mcp.processes set until = '-infinity'`);
    },
    async close() {
      await sql.end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
