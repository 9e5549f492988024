import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ANSWERS, AUDIT_FILE, type AuditLine, OLDER_AUDIT_FILE } from './audit.ts';

/** What stands in the audit log, oldest first. `unreadable` counts lines that are torn or no audit lines. */
export interface AuditTrail {
  lines: AuditLine[];
  unreadable: number;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isAmount = (value: unknown): value is number | null => value === null || typeof value === 'number';

function parse(text: string): AuditLine | null {
  try {
    const {
      at,
      session,
      tool,
      ref,
      summary,
      usd_per_hour,
      usd_upfront,
      answer,
      outcome,
    }: Record<string, unknown> = JSON.parse(text) ?? {};
    const who = ANSWERS.find((known) => known === answer);
    if (![at, session, tool, summary, outcome].every(isText) || who === undefined) return null;
    if (!(ref === null || isText(ref)) || !isAmount(usd_per_hour) || !isAmount(usd_upfront)) return null;
    const [words, money] = [
      { at: String(at), session: String(session), tool: String(tool), summary: String(summary) },
      { usd_per_hour, usd_upfront },
    ];
    return { ...words, ref, ...money, answer: who, outcome: String(outcome) };
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
