import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, type Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { CloudConfig, Config } from './config/read.ts';
import type { BudgetStore } from './core/budget.ts';
import type { Log } from './core/live.ts';
import type { CloudId } from './core/ref.ts';
import { createAuditLog } from './store/audit.ts';
import { codeOf } from './store/disk.ts';
import { createFileStore, type StoreOptions } from './store/files.ts';
import { createMemoryStore } from './store/memory.ts';
import type { Store } from './store/port.ts';
import { createSharedBudget } from './store/shared-budget.ts';

const ACCOUNTS = 'accounts';
const SIMULATOR = 'gpu-cloud-mcp-sandbox';

/** The fingerprint of keys. It names the folder of what belongs to them. */
const fingerprint = (keys: readonly string[]): string =>
  createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 16);

/** The keys of these clouds. */
export const keysOf = (clouds: CloudConfig): string[] => Object.values(clouds).map(({ key }) => key);

const user = (): number | null => process.getuid?.() ?? null;

const pathOf = (name: string): string => join(tmpdir(), `${name}-${user() ?? 'user'}`);

/** True for a real folder that only this user can read or write. Windows keeps temporary files in the user's own profile. */
const isOwn = (found: Stats): boolean =>
  found.isDirectory() && (user() === null || (found.uid === user() && (found.mode & 0o077) === 0));

/** The folder of this name among the temporary files, if it exists and only this user can use it; null otherwise. */
function findOwnFolder(name: string): string | null {
  const found = lstatSync(pathOf(name), { throwIfNoEntry: false });
  return found !== undefined && isOwn(found) ? pathOf(name) : null;
}

/** The folder that this process uses instead of a path that another user took. */
const others = new Map<string, string>();

/**
 * The same folder, created (0700) if it does not exist. Anybody can write among the temporary files: if another user's
 * folder, a link or an open folder has this name, a new folder of another name is returned.
 */
function ownFolder(name: string): string {
  const path = pathOf(name);
  try {
    mkdirSync(path, { mode: 0o700 });
    return path;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const other = others.get(path);
  if (other !== undefined) return other;
  const found = findOwnFolder(name) ?? mkdtempSync(`${path}-`);
  if (found !== path) others.set(path, found);
  return found;
}

/**
 * The directory in which a runtime writes: the state directory, but of the simulator a folder of this user alone among
 * the temporary files, which is made, unless somebody named one.
 */
export const stateDirFor = ({
  sandbox,
  stateDir,
  isStateDirNamed,
}: Pick<Config, 'sandbox' | 'stateDir' | 'isStateDirNamed'>): string =>
  sandbox === null || isStateDirNamed ? stateDir : ownFolder(SIMULATOR);

/** Where the simulator's files of this user are if no state directory is named; null if there are none. */
export const simulatorDir = (): string | null => findOwnFolder(SIMULATOR);

/** Where a runtime keeps its state. */
interface Places extends Pick<StoreOptions, 'accounts' | 'keys' | 'unnamed' | 'allAccounts'> {
  shared: string;
  /** What names the same in a database. */
  scope: string;
}

/**
 * Leases and orders lie by the key of their cloud alone, so that a second cloud's key does not make the first one's
 * forgotten; or by the name of the account, so that they outlive its key. If callers send their own keys, each account
 * has a place of its own, and looks into no other.
 */
export function placesFor(
  config: Pick<Config, 'account' | 'stateDir' | 'isStateDirNamed' | 'sandbox' | 'http'>,
  owned: CloudConfig,
): Places {
  const { account, http } = config;
  const stateDir = stateDirFor(config);
  const at = (name: string) => join(stateDir, ACCOUNTS, name);
  const eachCloud = (name: (key: string, cloud: CloudId) => string): Record<CloudId, string> =>
    Object.fromEntries(Object.entries(owned).map(([cloud, { key }]) => [cloud, name(key, cloud)]));
  const keys = eachCloud((key) => fingerprint([key]));
  const byKey = eachCloud((key) => at(fingerprint([key])));
  const areCallers = http?.credentials === 'headers';
  const shared = areCallers ? at(fingerprint(keysOf(owned))) : stateDir;
  return {
    keys,
    accounts: account === null ? byKey : eachCloud((_key, cloud) => at(`${account}.${cloud}`)),
    ...(account !== null && { unnamed: byKey }),
    ...(!areCallers && { allAccounts: join(stateDir, ACCOUNTS) }),
    shared,
    scope: areCallers ? basename(shared) : (account ?? ''),
  };
}

/** State that ends with the process; only the audit lines stay, marked if the money is simulated. */
function passingStore({ clock, onLine = () => {}, redact, shared, sandbox = false }: StoreOptions): Store {
  const audit = createAuditLog(shared, redact?.all ?? ((text) => text));
  return createMemoryStore({
    ...(clock !== undefined && { clock }),
    async onLine(line) {
      onLine(line);
      await audit.write(sandbox ? { ...line, sandbox } : line);
    },
  });
}

/**
 * The PostgreSQL of an address, whose driver is loaded for that alone; without one memory if all state `ends` with the
 * process, as the simulator's does, else files. None is touched before its first use.
 */
export async function openStore(
  { url, ends }: { url: string | null; ends: boolean },
  scope: string,
  options: StoreOptions,
  log: Log,
): Promise<Store> {
  if (url === null) return ends ? passingStore(options) : createFileStore({ ...options, log });
  const { openPostgresStore } = await import('./store/postgres/store.ts');
  return openPostgresStore(url, scope, { ...options, log }, (error) =>
    log({ level: 'error', msg: 'the store lost a record', error: String(error) }),
  );
}

/** Requests that a process draws ahead if each draw writes a file. */
const BLOCK = 20;

/** Where all processes count the requests of a cloud key, which its fingerprint names. */
export const budgetIn = (
  { budget }: Store,
  url: string | null,
  key: string,
  monotonic: () => number,
): BudgetStore => createSharedBudget(budget, `requests ${key}`, url === null ? BLOCK : 1, monotonic);
