import { ConfigError, readConfig, type Variable } from '../../config/read.ts';
import { clean, usd } from '../../core/text.ts';
import { readAudit } from '../../store/audit-read.ts';
import type { AuditLine } from '../../store/records.ts';
import { layTable } from '../terminal/layout.ts';
import { screenOf } from '../terminal/screen.ts';

const HEAD = ['time', 'tool', 'ref', 'cost', 'who agreed', 'outcome'] as const;
const REF = HEAD.indexOf('ref');

function cost({ usd_per_hour, usd_upfront }: AuditLine): string {
  const parts = [
    ...(usd_per_hour === null || usd_per_hour === 0 ? [] : [`$${usd(usd_per_hour)}/h`]),
    ...(usd_upfront === null || usd_upfront === 0 ? [] : [`up to $${usd(usd_upfront)}`]),
  ];
  return parts.join(', ') || '-';
}

const row = (line: AuditLine): string[] =>
  [
    line.at.replace(/\.\d+Z$/, 'Z'),
    line.tool,
    line.ref ?? '-',
    cost(line),
    line.answer === 'none' ? '-' : line.answer,
    line.outcome,
  ].map((text) => clean(text, 80));

/** How many lines to show. @throws ConfigError */
function readLimit(given: string): number {
  const limit = Number(given);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new ConfigError(`--limit: "${given}" is not a whole number above 0.`);
}

/** The last lines, how many there are in all, and where. */
interface Found {
  last: AuditLine[];
  total: number;
  unreadable: number;
  place: string;
}

async function fromFiles(stateDir: string, most: number): Promise<Found> {
  const { lines, unreadable } = await readAudit(stateDir);
  return { last: lines.slice(-most), total: lines.length, unreadable, place: stateDir };
}

async function fromStore(url: string, most: number): Promise<Found> {
  const [{ createDatabase }, { readLines }, { schemaStatus }] = await Promise.all([
    import('../../store/postgres/database.ts'),
    import('../../store/postgres/audit.ts'),
    import('../../store/postgres/migrate.ts'),
  ]);
  const database = createDatabase(url);
  try {
    const { version } = await schemaStatus(database);
    const none = { lines: [], unreadable: 0, total: 0 };
    const { lines, ...rest } = version === 0 ? none : await readLines(database.read, most);
    return { last: lines, ...rest, place: database.name };
  } finally {
    await database.close();
  }
}

/**
 * `gpu-cloud-mcp audit`: the gated calls of all servers on the state directory or the shared store, oldest first, as a table or as JSON
 * lines. In a pipe every call is one line, however wide. Needs no key. @throws ConfigError
 */
export async function audit(
  flags: Partial<Record<Variable, string>>,
  limit: string,
  json: boolean,
): Promise<void> {
  const most = readLimit(limit);
  // No cloud is asked, so no key is needed: the simulator's settings do.
  const { stateDir, storeUrl } = readConfig({ ...flags, GPU_MCP_SANDBOX: 'true', GPU_MCP_HTTP: 'false' });
  const found = storeUrl === null ? await fromFiles(stateDir, most) : await fromStore(storeUrl, most);
  const { last, total, unreadable, place } = found;
  const { isTerminal, columns, paint } = screenOf(process.stdout);
  const width = isTerminal ? columns : Number.POSITIVE_INFINITY;
  if (json) for (const line of last) process.stdout.write(`${JSON.stringify(line)}\n`);
  else if (last.length === 0)
    process.stdout.write(`No call that has to be agreed to is written down in ${place}.\n`);
  else process.stdout.write(`${layTable([HEAD, ...last.map(row)], width, paint, REF).join('\n')}\n`);
  if (!json && last.length < total)
    process.stderr.write(`The last ${last.length} of ${total} calls; more with --limit.\n`);
  if (unreadable > 0)
    process.stderr.write(
      unreadable === 1
        ? '1 line could not be read and was left out.\n'
        : `${unreadable} lines could not be read and were left out.\n`,
    );
}
