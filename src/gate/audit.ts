import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** One gated call, as it stands in audit.jsonl. No secrets, no input values beside the target. */
export interface AuditLine {
  at: string;
  session: string;
  tool: string;
  ref: string | null;
  summary: string;
  usd_per_hour: number | null;
  usd_upfront: number | null;
  /** Who consented: a person, a token, an earlier consent to a lease, nobody. */
  answer: 'person' | 'token' | 'lease' | 'none';
  outcome: string;
}

export interface AuditLog {
  write(line: AuditLine): Promise<void>;
}

export const AUDIT_FILE = 'audit.jsonl';
const ROTATE_BYTES = 5 * 1024 * 1024;

/**
 * Appends one JSON line a gated call to audit.jsonl (0600); at 5 MiB the file moves to audit.1.jsonl. Lines are
 * written one after the other, so that no two calls move the file at once.
 */
export function createAuditLog(dir: string, redact: (text: string) => string): AuditLog {
  const path = join(dir, AUDIT_FILE);
  let last: Promise<void> = Promise.resolve();
  const append = async (line: AuditLine) => {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size >= ROTATE_BYTES) await rename(path, join(dir, 'audit.1.jsonl'));
    await appendFile(path, `${redact(JSON.stringify(line))}\n`, { mode: 0o600 });
  };
  return {
    write(line) {
      const mine = last.then(() => append(line));
      last = mine.catch(() => {});
      return mine;
    },
  };
}
