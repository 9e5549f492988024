import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AUDIT_FILE } from '../../src/store/audit.ts';
import type { AuditLine } from '../../src/store/records.ts';

/** The audit log of a state directory, parsed; empty if none was written. */
export async function auditOf(stateDir: string): Promise<AuditLine[]> {
  const text = await readFile(join(stateDir, AUDIT_FILE), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
