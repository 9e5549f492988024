import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonLine } from '../core/text.ts';
import { codeOf } from './disk.ts';
import type { Audit } from './port.ts';
import { type AuditLine, auditLineSchema } from './records.ts';

/** The name of the audit log in the state directory. */
export const AUDIT_FILE = 'audit.jsonl';
/** The file of the older lines. */
export const OLDER_AUDIT_FILE = 'audit.1.jsonl';
const LOCK = 'audit.lock';
const ROTATE_BYTES = 5 * 1024 * 1024;
const STALE_LOCK_MS = 60_000;

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    (found) => found.size,
    () => 0,
  );

/** Takes the lock of the directory; false if another process has it. Removes a lock that a crash left, for the next attempt. */
async function lock(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close();
    return true;
  } catch {
    const made = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - made > STALE_LOCK_MS) await rm(path, { force: true });
    return false;
  }
}

/** Moves a full file away, in one process only. Checks the size again first: another process may have moved the file. */
async function rotate(dir: string, path: string): Promise<void> {
  const locked = join(dir, LOCK);
  if ((await sizeOf(path)) < ROTATE_BYTES || !(await lock(locked))) return;
  try {
    if ((await sizeOf(path)) >= ROTATE_BYTES) await rename(path, join(dir, OLDER_AUDIT_FILE));
  } finally {
    await rm(locked, { force: true });
  }
}

/** Appends one line to a file (0600). If a crash or a full disk tore the last line, a new one is begun. */
async function appendLine(path: string, line: string): Promise<void> {
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    const torn = size > 0 && buffer[0] !== 0x0a;
    await file.writeFile(`${torn ? '\n' : ''}${line}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The audit log: one JSON line for each gated call in audit.jsonl (0600), shared with other processes; at 5 MiB the file becomes audit.1.jsonl. */
export function createAuditLog(dir: string, redact: (text: string) => string): Audit {
  const path = join(dir, AUDIT_FILE);
  let last: Promise<void> = Promise.resolve();
  const write = async (line: AuditLine) => {
    const safe = jsonLine(line, (_key, value: unknown) =>
      typeof value === 'string' ? redact(value) : value,
    );
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await rotate(dir, path);
    await appendLine(path, safe);
  };
  return {
    write(line) {
      const mine = last.then(() => write(line));
      last = mine.catch(() => {});
      return mine;
    },
  };
}

/** The lines of the audit log, oldest first. `unreadable` counts lines that are torn or no audit lines. */
export interface AuditTrail {
  lines: AuditLine[];
  unreadable: number;
}

function parse(text: string): AuditLine | null {
  try {
    return auditLineSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Reads the audit log of a state directory, older lines first. A missing file counts as empty. */
export async function readAudit(dir: string): Promise<AuditTrail> {
  const trail: AuditTrail = { lines: [], unreadable: 0 };
  for (const name of [OLDER_AUDIT_FILE, AUDIT_FILE]) {
    const text = await readFile(join(dir, name), 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return '';
      throw error;
    });
    for (const row of text.split('\n')) {
      if (row === '') continue;
      const line = parse(row);
      if (line === null) trail.unreadable += 1;
      else trail.lines.push(line);
    }
  }
  return trail;
}
