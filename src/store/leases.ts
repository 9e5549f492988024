import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lease, Leases } from '../core/lease.ts';
import { type CloudId, parseRef } from '../core/ref.ts';
import { isOrphan, isRunning, OWNER, syncDirectory, takeOver } from './owner.ts';

/** A lease as it is kept: with how often its end was tried, and when to try again (ISO; null = as soon as it is over). */
export interface StoredLease extends Lease {
  tries: number;
  retry_at: string | null;
}

/** Leases on disk, one file (0600) each, so that processes sharing the directory do not disturb each other. */
export interface LeaseStore extends Leases {
  all(): Promise<StoredLease[]>;
  /** Takes a lease for this process; false where another process has it, has tried to end it since it was read, or it is gone. */
  claim(lease: StoredLease): Promise<boolean>;
  /** The claimed lease is settled: forget it. */
  settle(lease: Lease): Promise<void>;
  /** The claimed lease is not settled yet: keep it as given here, or as it was where that cannot be written (rejects). */
  giveBack(lease: StoredLease): Promise<void>;
}

const CLAIM = /^([0-9a-f]+)\.(\d+-\w+)\.claim$/;
/** Ending a lease takes two minutes at most. */
const LONGEST_MS = 10 * 60 * 1000;

const fileName = (ref: string): string => createHash('sha256').update(ref).digest('hex').slice(0, 24);

const isTime = (text: unknown): text is string => typeof text === 'string' && !Number.isNaN(Date.parse(text));

const isPodOf = (cloud: CloudId, ref: unknown): ref is string => {
  try {
    return typeof ref === 'string' && parseRef(ref, 'pod').cloud === cloud;
  } catch {
    return false;
  }
};

function parse(cloud: CloudId, text: string): StoredLease | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { ref, name, ends_at, tries, retry_at } = value as Partial<Record<keyof StoredLease, unknown>>;
    if (!isPodOf(cloud, ref) || typeof name !== 'string' || !isTime(ends_at)) return null;
    return {
      ref,
      name,
      ends_at,
      tries: typeof tries === 'number' ? tries : 0,
      retry_at: isTime(retry_at) ? retry_at : null,
    };
  } catch {
    return null;
  }
}

const isSame = (a: StoredLease, b: StoredLease): boolean =>
  a.tries === b.tries && a.retry_at === b.retry_at && a.ends_at === b.ends_at;

async function store(folder: string, lease: StoredLease): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `${randomUUID()}.draft`);
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(lease));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, join(folder, `${fileName(lease.ref)}.json`));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncDirectory(folder);
}

/** Gives back what processes had claimed when they died. */
async function freeOrphans(folder: string, alive: (pid: number) => boolean): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, file, owner = ''] = CLAIM.exec(name) ?? [];
    const path = join(folder, name);
    if (file === undefined || !(await isOrphan(path, owner, alive, LONGEST_MS))) continue;
    await takeOver(path, join(folder, `${file}.json`));
  }
}

/** The leases of the given clouds, each cloud's in the `leases` folder of its account's directory. */
export function createLeaseStore(
  dirs: Partial<Record<CloudId, string>>,
  alive: (pid: number) => boolean = isRunning,
): LeaseStore {
  const readOne = (cloud: CloudId, file: string): Promise<StoredLease | null> =>
    readFile(file, 'utf8').then(
      (text) => parse(cloud, text),
      () => null,
    );
  const folderOf = ({ ref }: Lease): string => {
    const { cloud } = parseRef(ref, 'pod');
    const dir = dirs[cloud];
    if (dir === undefined) throw new Error(`no directory for the leases of ${cloud}`);
    return join(dir, 'leases');
  };
  const path = (lease: Lease) => join(folderOf(lease), `${fileName(lease.ref)}.json`);
  const claimed = (lease: Lease) => join(folderOf(lease), `${fileName(lease.ref)}.${OWNER}.claim`);
  return {
    add: async (lease) => store(folderOf(lease), { ...lease, tries: 0, retry_at: null }),
    async all() {
      const leases: StoredLease[] = [];
      for (const [cloud, dir] of Object.entries(dirs)) {
        if (dir === undefined) continue;
        const folder = join(dir, 'leases');
        await freeOrphans(folder, alive);
        const names = await readdir(folder).catch(() => []);
        for (const name of names.filter((file) => file.endsWith('.json'))) {
          const lease = await readOne(cloud, join(folder, name));
          if (lease !== null) leases.push(lease);
        }
      }
      return leases;
    },
    async claim(lease) {
      if (!(await takeOver(path(lease), claimed(lease)))) return false;
      const present = await readOne(parseRef(lease.ref, 'pod').cloud, claimed(lease));
      if (present !== null && isSame(present, lease)) return true;
      await takeOver(claimed(lease), path(lease));
      return false;
    },
    settle: (lease) => rm(claimed(lease), { force: true }),
    async giveBack(lease) {
      try {
        await store(folderOf(lease), lease);
      } catch (error) {
        // What this process holds, nobody else tries to end: it must not stay held.
        await takeOver(claimed(lease), path(lease));
        throw error;
      }
      await rm(claimed(lease), { force: true });
    },
  };
}
