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
  /** Takes a lease for this process; false where another process has it or it is gone. */
  claim(lease: Lease): Promise<boolean>;
  /** The claimed lease is settled: forget it. */
  settle(lease: Lease): Promise<void>;
  /** The claimed lease is not settled yet: keep it as given here. */
  giveBack(lease: StoredLease): Promise<void>;
}

const CLAIM = /^([0-9a-f]+)\.(\d+-\w+)\.claim$/;
/** Ending a lease takes two minutes at most. */
const LONGEST_MS = 10 * 60 * 1000;

const fileName = (ref: string): string => createHash('sha256').update(ref).digest('hex').slice(0, 24);

const isTime = (text: unknown): text is string => typeof text === 'string' && !Number.isNaN(Date.parse(text));

function parse(text: string): StoredLease | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { ref, name, ends_at, tries, retry_at } = value as Partial<Record<keyof StoredLease, unknown>>;
    if (typeof ref !== 'string' || typeof name !== 'string' || !isTime(ends_at)) return null;
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

async function store(folder: string, lease: StoredLease): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `${randomUUID()}.draft`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify(lease));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(folder, `${fileName(lease.ref)}.json`));
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
  const folders = Object.values(dirs).map((dir) => join(dir, 'leases'));
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
      const texts: string[] = [];
      for (const folder of folders) {
        await freeOrphans(folder, alive);
        const names = await readdir(folder).catch(() => []);
        for (const name of names.filter((file) => file.endsWith('.json'))) {
          texts.push(await readFile(join(folder, name), 'utf8').catch(() => ''));
        }
      }
      return texts.map(parse).filter((lease) => lease !== null);
    },
    claim: (lease) => takeOver(path(lease), claimed(lease)),
    settle: (lease) => rm(claimed(lease), { force: true }),
    async giveBack(lease) {
      await store(folderOf(lease), lease);
      await rm(claimed(lease), { force: true });
    },
  };
}
