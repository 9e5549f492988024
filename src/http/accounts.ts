import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { HttpLimits } from '../config/http.ts';
import type { CredentialMode } from '../config/settings-http.ts';
import type { Log } from '../core/live.ts';
import type { CloudId } from '../core/ref.ts';
import { waitAtMost } from '../core/wait-at-most.ts';
import { type Maintenance, startMaintenance } from '../engine/maintenance.ts';
import { awaitsOrders } from '../engine/recover.ts';
import type { RpcId } from '../engine/rpc.ts';
import type { Runtime } from '../engine/runtime.ts';
import { type Access, type Asker, type Caller, type CallerKeys, ownerOf } from './exchange.ts';
import { errorResponse } from './messages.ts';
import { bearerIn } from './tokens.ts';

/** The header in which a caller sends the key of a cloud. */
export interface KeyHeader {
  cloud: CloudId;
  header: string;
}

/** Opens the runtime for a pair of keys; null = the process's own. */
export type OpenRuntime = (
  keys: CallerKeys | null,
) => Promise<{ runtime: Runtime; close: () => Promise<void> }>;

/** One pair of keys in use, with its runtime. It is closed once no session holds it. */
interface Account {
  runtime: Runtime;
  release: () => void;
}

interface Opened {
  runtime: Runtime;
  maintenance: Maintenance;
  close: () => Promise<void>;
}

interface Entry {
  ready: Promise<Opened>;
  holders: number;
  freeSince: number;
}

/** The runtimes of one server. */
export interface Accounts {
  /** The name of the account that a request pays with, or why it is refused. */
  nameOf(
    headers: IncomingHttpHeaders,
  ): { name: string; keys: CallerKeys | null } | { status: 400 | 401; words: string };
  /** Null if too many accounts are in use. */
  hold(name: string, keys: CallerKeys | null): Promise<Account | null>;
  runtimes(): Promise<Runtime[]>;
  sweep(): Promise<void>;
  /** Lets no further write begin, and waits a few seconds at most for running ones. */
  endWrites(): Promise<void>;
  close(): Promise<void>;
}

/** Max time for running writes and the last round of maintenance when an account is closed, milliseconds. */
const LAST_ROUND_MS = 5_000;

/** Min length of a key, as in settings: shorter ones cannot be hidden safely. */
const KEY = /^[\x21-\x7e]{8,512}$/;

const one = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/**
 * True if an account has work left that no other process can do: running writes, leases to end, orders to reconcile, or a
 * running round of such work. Reservations are in the store.
 */
async function isNeeded({ runtime, maintenance }: Opened): Promise<boolean> {
  const isWriting = () => runtime.gate.writes.count() > 0;
  if (isWriting() || (await awaitsOrders(runtime))) return true;
  // `all` does not include a lease that is being ended: only the running round knows it.
  if (maintenance.isBusy()) return true;
  return (await runtime.gate.store.leases.all()).length > 0 || maintenance.isBusy() || isWriting();
}

/** Opens runtimes when callers need them, and closes those that no caller needs. */
export function createAccounts(
  mode: CredentialMode,
  keyHeaders: readonly KeyHeader[],
  open: OpenRuntime,
  limits: HttpLimits,
  deps: { monotonic: () => number; log: Log; register: (runtime: Runtime) => Promise<() => void> },
): Accounts {
  const entries = new Map<string, Entry>();

  const start = async (keys: CallerKeys | null): Promise<Opened> => {
    const opened = await open(keys);
    const leave = await deps.register(opened.runtime);
    const maintenance = startMaintenance(opened.runtime);
    const close = async () => {
      leave();
      await waitAtMost(LAST_ROUND_MS, Promise.all([opened.runtime.gate.writes.close(), maintenance.stop()]));
      await opened.close();
    };
    return { runtime: opened.runtime, maintenance, close };
  };
  const drop = async (name: string, { ready }: Entry): Promise<void> => {
    entries.delete(name);
    await (await ready).close();
    deps.log({ level: 'info', msg: 'account closed', account: name.slice(0, 8) });
  };
  const isIdle = async ({ holders, ready, freeSince }: Entry, idleMs: number): Promise<boolean> =>
    holders === 0 && deps.monotonic() - freeSince >= idleMs && !(await isNeeded(await ready));
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

  const runtimes = async (): Promise<Runtime[]> => {
    const all = await Promise.allSettled([...entries.values()].map(({ ready }) => ready));
    return all.flatMap((opened) => (opened.status === 'fulfilled' ? [opened.value.runtime] : []));
  };

  return {
    nameOf(headers) {
      const keys = Object.fromEntries(
        keyHeaders.map(({ cloud, header }) => [cloud, one(headers[header.toLowerCase()])]),
      );
      const given = Object.values(keys).filter((key) => key !== undefined);
      if (mode === 'env') {
        if (given.length === 0) return { name: 'env', keys: null };
        const words =
          'This server pays with keys of its own and takes none (its operator chose --credentials env).';
        return { status: 400, words };
      }
      if (given.length === 0 || !given.every((key) => KEY.test(key))) {
        const names = keyHeaders.map(({ header }) => header).join(', ');
        const words = `Send your own API key of at least 8 characters in one or more of the headers ${names}.`;
        return { status: 401, words };
      }
      const name = createHash('sha256')
        .update(keyHeaders.map(({ cloud }) => keys[cloud] ?? '').join('\n'))
        .digest('hex');
      return { name, keys };
    },
    async hold(name, keys) {
      let entry = entries.get(name);
      if (entry === undefined) {
        if (!(await makeRoom())) return null;
        entry = entries.get(name) ?? { ready: start(keys), holders: 0, freeSince: deps.monotonic() };
        entries.set(name, entry);
      }
      const held = entry;
      held.holders += 1;
      let released = false;
      const release = () => {
        if (released) return;
        released = true;
        held.holders -= 1;
        held.freeSince = deps.monotonic();
      };
      try {
        return { runtime: (await held.ready).runtime, release };
      } catch (error) {
        release();
        if (entries.get(name) === held) entries.delete(name);
        throw error;
      }
    },
    runtimes,
    async sweep() {
      if (mode === 'env') return;
      for (const [name, entry] of [...entries]) {
        if ((await isIdle(entry, limits.accountIdleMs)) && entry.holders === 0) await drop(name, entry);
      }
    },
    async endWrites() {
      const ended = runtimes().then((all) => Promise.all(all.map(({ gate }) => gate.writes.close())));
      await waitAtMost(LAST_ROUND_MS, ended);
    },
    async close() {
      await Promise.all([...entries].map(([name, entry]) => drop(name, entry).catch(() => {})));
    },
  };
}

/** The runtime for callers who may only read: it has no other tools, and its gate refuses every write. */
function readOnlyView(runtime: Runtime): Runtime {
  const tools = new Map([...runtime.tools].filter(([, { effect }]) => effect === 'read'));
  return {
    ...runtime,
    selection: { ...runtime.selection, readOnly: true },
    tools,
    listed: (results) => runtime.listed(results).filter(({ name }) => tools.has(name)),
    gate: { ...runtime.gate, read_only: true },
  };
}

const hidden = new WeakMap<Runtime, Set<string>>();

/** Lets the runtime hide the caller's bearer token in results and logs. The redactor knows tokens of an issuer by their form. */
function hideTokenOf(runtime: Runtime, { id, proof }: Caller, authorization: string | undefined): void {
  const token = bearerIn(authorization);
  const known = hidden.get(runtime) ?? new Set();
  hidden.set(runtime, known);
  if (token === undefined || !id.startsWith('token:') || known.has(proof)) return;
  known.add(proof);
  runtime.redactAlso(token);
}

/** The runtime for callers whose token is not marked for unattended runs: a person is asked. */
const askedView = (runtime: Runtime): Runtime => ({ ...runtime, gate: { ...runtime.gate, mode: 'human' } });

const views = new WeakMap<Runtime, Partial<Record<Access, Runtime>>>();

/** The runtime for a caller with this access. Each kind is created once; all share clouds and state. */
function viewFor(runtime: Runtime, access: Access): Runtime {
  const isMarked = access === 'unattended' || runtime.gate.mode !== 'token';
  if (access !== 'read' && isMarked) return runtime;
  const known = views.get(runtime) ?? {};
  views.set(runtime, known);
  known[access] ??= access === 'read' ? readOnlyView(runtime) : askedView(runtime);
  return known[access];
}

/** An account as one caller sees it, until `release`. */
interface Entered {
  runtime: Runtime;
  owner: string;
  release: () => void;
}

/** Opens the account that a request pays with. Answers 503 if too many are in use. */
export async function enter(
  accounts: Accounts,
  { caller, pays, authorization }: Asker,
  id: RpcId,
): Promise<Entered | Response> {
  const account = await accounts.hold(pays.name, pays.keys);
  if (account === null) {
    const message = 'Too many pairs of API keys are in use on this server. Try again later.';
    return errorResponse({ status: 503, id, message, headers: { 'retry-after': '60' } });
  }
  hideTokenOf(account.runtime, caller, authorization);
  const runtime = viewFor(account.runtime, caller.access);
  return { runtime, owner: ownerOf(caller, pays.name), release: account.release };
}
