import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lease, Leases } from '../core/lease.ts';

/** Leases on disk, one file (0600) each, so that processes sharing the directory do not disturb each other. */
export interface LeaseStore extends Leases {
  /** Takes a lease for this process; false where another process has it or it is gone. */
  claim(lease: Lease): Promise<boolean>;
  /** The claimed lease is settled: forget it. */
  settle(lease: Lease): Promise<void>;
  /** The claimed lease could not be settled: leave it for the next round. */
  giveBack(lease: Lease): Promise<void>;
}

const fileName = (ref: string): string =>
  `${createHash('sha256').update(ref).digest('hex').slice(0, 24)}.json`;

function parse(text: string): Lease | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { ref, name, ends_at } = value as Partial<Record<keyof Lease, unknown>>;
    if (typeof ref !== 'string' || typeof name !== 'string' || typeof ends_at !== 'string') return null;
    return Number.isNaN(Date.parse(ends_at)) ? null : { ref, name, ends_at };
  } catch {
    return null;
  }
}

/** The lease store below `dir`. */
export function createLeaseStore(dir: string): LeaseStore {
  const folder = join(dir, 'leases');
  const path = (lease: Lease) => join(folder, fileName(lease.ref));
  const claimed = (lease: Lease) => `${path(lease)}.claimed`;
  return {
    async add(lease) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const draft = join(folder, `${randomUUID()}.draft`);
      const file = await open(draft, 'wx', 0o600);
      try {
        await file.writeFile(JSON.stringify(lease));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path(lease));
    },
    async all() {
      const names = await readdir(folder).catch(() => []);
      const texts = await Promise.all(
        names
          .filter((name) => name.endsWith('.json'))
          .map((name) => readFile(join(folder, name), 'utf8').catch(() => '')),
      );
      return texts.map(parse).filter((lease) => lease !== null);
    },
    claim: (lease) =>
      rename(path(lease), claimed(lease)).then(
        () => true,
        () => false,
      ),
    settle: (lease) => rm(claimed(lease), { force: true }),
    giveBack: (lease) => rename(claimed(lease), path(lease)),
  };
}
