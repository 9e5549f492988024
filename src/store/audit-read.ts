import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AUDIT_FILE, OLDER_AUDIT_FILE } from './audit.ts';
import { type AuditLine, auditLineSchema } from './records.ts';

/** What stands in the audit log, oldest first. `unreadable` counts lines that are torn or no audit lines. */
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

/** Reads the audit log of a state directory, the file that was moved away first. A file that is not there is empty. */
export async function readAudit(dir: string): Promise<AuditTrail> {
  const trail: AuditTrail = { lines: [], unreadable: 0 };
  for (const name of [OLDER_AUDIT_FILE, AUDIT_FILE]) {
    const text = await readFile(join(dir, name), 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
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
