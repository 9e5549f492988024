import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { startHousekeeping } from '../housekeeping.ts';
import type { Runtime } from '../runtime.ts';
import type { Log } from './exchange.ts';
import type { CredentialMode, HttpLimits } from './settings.ts';

/** The keys that a caller brought along. */
export interface CallerKeys {
  volt: string | undefined;
  nebula: string | undefined;
}

/** Makes the runtime of a pair of keys; null = the process's own. */
export type OpenRuntime = (
  keys: CallerKeys | null,
) => Promise<{ runtime: Runtime; close: () => Promise<void> }>;

/** One pair of keys in use, with everything that belongs to it. Sessions hold it; without any it is let go of. */
export interface Account {
  runtime: Runtime;
  release: () => void;
}

interface Entry {
  ready: Promise<{ runtime: Runtime; close: () => Promise<void> }>;
  holders: number;
  freeSince: number;
}

/** The runtimes of one server. */
export interface Accounts {
  /** The name of the account that a request pays with, or why it may not. */
  nameOf(
    headers: IncomingHttpHeaders,
  ): { name: string; keys: CallerKeys | null } | { status: 400 | 401; words: string };
  /** Null where too many accounts are in use. */
  hold(name: string, keys: CallerKeys | null): Promise<Account | null>;
  runtimes(): Promise<Runtime[]>;
  sweep(): Promise<void>;
  close(): Promise<void>;
}

const VOLT = 'x-volt-api-key';
const NEBULA = 'x-nebula-api-key';
const KEY = /^[\x21-\x7e]{1,512}$/;

const one = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Opens runtimes as callers need them and closes those that nobody needs any more. */
export function createAccounts(
  mode: CredentialMode,
  open: OpenRuntime,
  limits: HttpLimits,
  deps: { now: () => number; log: Log; enrol: (runtime: Runtime) => () => void },
): Accounts {
  const entries = new Map<string, Entry>();

  const start = async (keys: CallerKeys | null) => {
    const opened = await open(keys);
    const leave = deps.enrol(opened.runtime);
    const stop = startHousekeeping(opened.runtime);
    const close = async () => {
      leave();
      stop();
      await opened.close();
    };
    return { runtime: opened.runtime, close };
  };
  const drop = async (name: string, { ready }: Entry): Promise<void> => {
    entries.delete(name);
    await (await ready).close();
    deps.log({ level: 'info', msg: 'account let go of', account: name.slice(0, 8) });
  };
  // Leases end by the hand of whoever has the keys: as long as there is one, the keys are kept.
  const isIdle = async ({ holders, ready, freeSince }: Entry, idleMs: number): Promise<boolean> =>
    holders === 0 &&
    deps.now() - freeSince >= idleMs &&
    (await (await ready).runtime.leases.all()).length === 0;
  const makeRoom = async (): Promise<boolean> => {
    if (entries.size < limits.accounts) return true;
    const oldest = [...entries].toSorted(([, a], [, b]) => a.freeSince - b.freeSince);
    for (const [name, entry] of oldest) {
      if (!(await isIdle(entry, 0)) || entry.holders > 0) continue;
      await drop(name, entry);
      return true;
    }
    return false;
  };

  return {
    nameOf(headers) {
      const keys = { volt: one(headers[VOLT]), nebula: one(headers[NEBULA]) };
      const given = [keys.volt, keys.nebula].filter((key) => key !== undefined);
      if (mode === 'env') {
        if (given.length === 0) return { name: 'env', keys: null };
        const words =
          'This server pays with keys of its own and takes none (its operator chose --credentials env).';
        return { status: 400, words };
      }
      if (given.length === 0 || !given.every((key) => KEY.test(key))) {
        const words = 'Bring your own API key in the header X-Volt-Api-Key, X-Nebula-Api-Key, or both.';
        return { status: 401, words };
      }
      const name = createHash('sha256')
        .update(`${keys.volt ?? ''}\n${keys.nebula ?? ''}`)
        .digest('hex');
      return { name, keys };
    },
    async hold(name, keys) {
      let entry = entries.get(name);
      if (entry === undefined) {
        if (!(await makeRoom())) return null;
        entry = entries.get(name) ?? { ready: start(keys), holders: 0, freeSince: deps.now() };
        entries.set(name, entry);
      }
      const held = entry;
      held.holders += 1;
      let released = false;
      const release = () => {
        if (released) return;
        released = true;
        held.holders -= 1;
        held.freeSince = deps.now();
      };
      try {
        return { runtime: (await held.ready).runtime, release };
      } catch (error) {
        release();
        if (entries.get(name) === held) entries.delete(name);
        throw error;
      }
    },
    runtimes: async () =>
      (await Promise.all([...entries.values()].map(({ ready }) => ready))).map(({ runtime }) => runtime),
    async sweep() {
      if (mode === 'env') return;
      for (const [name, entry] of [...entries]) {
        if ((await isIdle(entry, limits.accountIdleMs)) && entry.holders === 0) await drop(name, entry);
      }
    },
    async close() {
      await Promise.all([...entries].map(([name, entry]) => drop(name, entry).catch(() => {})));
    },
  };
}
