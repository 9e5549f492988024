import * as z from 'zod';
import { type Config, ConfigError, readKeyless, type SettingFlags } from '../../config/read.ts';
import { oneOf, readOption } from '../../config/values.ts';
import { clean, counted, nearest, usd } from '../../core/text.ts';
import { simulatorDir } from '../../state.ts';
import { readAudit } from '../../store/audit.ts';
import type { AuditLine } from '../../store/records.ts';
import { invoked } from '../invocation.ts';
import { formatTable } from '../terminal/layout.ts';
import { safe, safeJson, screenOf } from '../terminal/screen.ts';

/** The value of a cell; null = empty. */
type CsvCell = string | number | null;

// A spreadsheet runs a text that begins like this as a formula; a quote before it makes it text (OWASP, CSV injection).
const FORMULA = /^[=+\-@\t]/;

function cellText(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = safe(cell);
  const inert = FORMULA.test(text) ? `'${text}` : text;
  return /[",\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** Rows as CSV (RFC 4180). Texts of others can neither move a terminal's cursor nor run as a formula. */
const csvText = (rows: readonly (readonly CsvCell[])[]): string =>
  rows.map((row) => `${row.map(cellText).join(',')}\r\n`).join('');

/** The command line of `audit`, as commander reads it. */
interface AuditFlags {
  limit: string;
  json?: boolean;
  csv?: boolean;
  only?: string;
  since?: string;
  tool?: string;
}

const HEAD = ['time', 'mode', 'tool', 'ref', 'cost', 'who agreed', 'outcome'] as const;
const REF = HEAD.indexOf('ref');

/** Where calls went. */
const MODES = ['real', 'sandbox'] as const;
const modeOf = ({ sandbox }: AuditLine): (typeof MODES)[number] => (sandbox === true ? 'sandbox' : 'real');

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
    modeOf(line),
    line.tool,
    line.ref ?? '-',
    cost(line),
    line.answer === 'none' ? '-' : line.answer,
    line.outcome,
  ].map((text) => clean(text, 80));

const CSV_HEAD = [
  'at',
  'mode',
  'tool',
  'ref',
  'usd_per_hour',
  'usd_upfront',
  'answer',
  'outcome',
  'summary',
  'session',
] as const;

const csvRow = (line: AuditLine): CsvCell[] =>
  CSV_HEAD.map((name) => (name === 'mode' ? modeOf(line) : line[name]));

/** Max lines to show. @throws ConfigError */
function readLimit(given: string): number {
  const limit = Number(given);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new ConfigError(`--limit: "${given}" is not a whole number above 0.`);
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A date, or a date and time with or without seconds and a zone. */
const DATE = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** A date of the calendar and the clock in milliseconds, UTC if no zone is named; NaN if there is no such date. */
function dateOf(given: string): number {
  const [, day = '', zone] = DATE.exec(given) ?? [];
  // Date.parse takes 31 February for a day in March.
  if (!z.iso.date().safeParse(day).success) return Number.NaN;
  return Date.parse(given.includes('T') && zone === undefined ? `${given}Z` : given);
}

/**
 * A time in milliseconds, from an age (`90m`, `12h`, `7d`, `2w`) or a date, with or without a time. Without a zone it is
 * UTC, which stderr reports. @throws ConfigError
 */
function readSince(given: string, now: number): number {
  const [, amount = '', unit = ''] = /^(\d{1,6})([mhdw])$/.exec(given) ?? [];
  const step = UNITS[unit];
  if (step !== undefined) return now - Number(amount) * step;
  const time = dateOf(given);
  if (Number.isFinite(time)) {
    if (!/(?:Z|[+-]\d{2}:\d{2})$/.test(given.slice(10)))
      process.stderr.write(`--since: ${new Date(time).toISOString()} (a time without a zone is UTC).\n`);
    return time;
  }
  throw new ConfigError(
    `--since: "${given}" is neither a time ago (90m, 12h, 7d, 2w) nor a date (2026-11-28, 2026-11-28T14:00:00Z).`,
  );
}

/** Whether a line is shown. @throws ConfigError */
function filterOf({ only, since, tool }: AuditFlags, now: number): (line: AuditLine) => boolean {
  if (only !== undefined) readOption('--only', oneOf(MODES), only);
  const from = since === undefined ? Number.NEGATIVE_INFINITY : readSince(since, now);
  return (line) =>
    (only === undefined || modeOf(line) === only) &&
    (tool === undefined || line.tool === tool) &&
    (since === undefined || Date.parse(line.at) >= from);
}

/** The last lines of the log, their total number, and where the log is. */
interface Found {
  lines: AuditLine[];
  total: number;
  unreadable: number;
  place: string;
}

/** The log of a state directory, and of the simulator's own unless one directory is named. */
async function fromFiles({ stateDir, isStateDirNamed }: Config): Promise<Found> {
  const simulated = isStateDirNamed ? null : simulatorDir();
  const all = await Promise.all([stateDir, ...(simulated === null ? [] : [simulated])].map(readAudit));
  const lines = all.flatMap((log) => log.lines).toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const unreadable = all.reduce((sum, log) => sum + log.unreadable, 0);
  return { lines, total: lines.length, unreadable, place: stateDir };
}

async function fromStore(url: string, max: number): Promise<Found> {
  const [{ createDatabase }, { readLines }, { schemaStatus }] = await Promise.all([
    import('../../store/postgres/database.ts'),
    import('../../store/postgres/audit.ts'),
    import('../../store/postgres/migrate.ts'),
  ]);
  const database = createDatabase(url);
  try {
    const { version } = await schemaStatus(database);
    const none = { lines: [], unreadable: 0, total: 0 };
    const found = version === 0 ? none : await readLines(database.read, max);
    return { ...found, place: database.name };
  } finally {
    await database.close();
  }
}

/** Refuses the name of a tool that no line names and that does not exist. @throws ConfigError */
async function checkTool(name: string): Promise<void> {
  const { TOOLS } = await import('../../tools/index.ts');
  const names = TOOLS.map((tool) => tool.name);
  if (names.includes(name)) return;
  const near = nearest(name, names);
  const meant = near === null ? `${invoked()} tools lists them.` : `Did you mean ${near}?`;
  throw new ConfigError(`--tool: there is no tool "${name}", and no call of one in the log. ${meant}`);
}

/** Max lines of a shared store that a filter searches. */
const MAX_SEARCHED = 100_000;

/**
 * `gpu-cloud-mcp audit`: the gated calls of all servers on the state directory or the shared store, oldest first, as a
 * table, as JSON lines or as CSV. Of a shared store at most `maxSearched` lines are filtered, the last ones. In a pipe every call is one line, however wide. Needs no key. @throws ConfigError
 */
export async function audit(
  settings: SettingFlags,
  flags: AuditFlags,
  maxSearched: number = MAX_SEARCHED,
): Promise<void> {
  const limit = readLimit(flags.limit);
  if (flags.json === true && flags.csv === true)
    throw new ConfigError('--json and --csv exclude each other: leave one out.');
  const isWanted = filterOf(flags, Date.now());
  const config = readKeyless(settings);
  const isFiltered = [flags.only, flags.since, flags.tool].some((given) => given !== undefined);
  const max = isFiltered ? maxSearched : limit;
  const found = config.storeUrl === null ? fromFiles(config) : fromStore(config.storeUrl, max);
  const { lines, total, unreadable, place } = await found;
  const wanted = lines.filter(isWanted);
  if (flags.tool !== undefined && !lines.some(({ tool }) => tool === flags.tool)) await checkTool(flags.tool);
  const last = wanted.slice(-limit);
  const all = isFiltered ? wanted.length : total;
  const { isTerminal, columns, paint } = screenOf(process.stdout);
  const width = isTerminal ? columns : Number.POSITIVE_INFINITY;
  if (flags.json === true) for (const line of last) process.stdout.write(`${safeJson(line)}\n`);
  else if (flags.csv === true) process.stdout.write(csvText([CSV_HEAD, ...last.map(csvRow)]));
  else if (total === 0) process.stdout.write(safe(`The audit log in ${place} is empty.\n`));
  else if (last.length === 0)
    process.stdout.write(`None of the ${counted(total, 'call')} in the audit log is of that kind.\n`);
  else process.stdout.write(`${formatTable([HEAD, ...last.map(row)], width, paint, REF).join('\n')}\n`);
  if (last.length < all)
    process.stderr.write(`The last ${last.length} of ${counted(all, 'call')}; more with --limit.\n`);
  const searched = lines.length + unreadable;
  if (isFiltered && searched < total)
    process.stderr.write(`Only the last ${searched} of ${counted(total, 'call')} were searched.\n`);
  if (unreadable > 0)
    process.stderr.write(
      `${counted(unreadable, 'line')} could not be read and ${unreadable === 1 ? 'was' : 'were'} left out.\n`,
    );
}
