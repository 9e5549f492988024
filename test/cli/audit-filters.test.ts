import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { audit } from '../../src/cli/commands/audit.ts';
import { AUDIT_FILE } from '../../src/store/audit.ts';
import { writeLine } from '../../src/store/postgres/audit.ts';
import { createDatabase } from '../../src/store/postgres/database.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import type { AuditLine } from '../../src/store/records.ts';
import { testPostgres } from '../postgres/postgres.ts';
import { stateDirectory } from '../store/directory.ts';
import { runHere } from './here.ts';

const postgres = await testPostgres();

const line = (session: string, more: Partial<AuditLine> = {}): AuditLine => ({
  at: '2026-03-28T14:00:00.123Z',
  session,
  tool: 'create_pod',
  ref: 'volt:pod:pod_a',
  summary: 'Rent.',
  usd_per_hour: 0.39,
  usd_upfront: 0,
  answer: 'person',
  outcome: 'done',
  ...more,
});

/** Writes lines into a new log; the environment that leads to it. */
type Fill = (lines: readonly AuditLine[]) => Promise<Record<string, string>>;

const inFiles: Fill = async (lines) => {
  const dir = await stateDirectory();
  await mkdir(dir, { recursive: true });
  await appendFile(join(dir, AUDIT_FILE), lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
  return { GPU_MCP_STATE_DIR: dir };
};

const inPostgres: Fill = async (lines) => {
  const url = (await postgres?.database()) ?? '';
  const database = createDatabase(url);
  try {
    await migrate(database);
    for (const [at, one] of lines.entries()) await writeLine(database.write, `account ${at % 2}`, one);
  } finally {
    await database.close();
  }
  return { GPU_MCP_STORE_URL: url };
};

it.runIf(postgres !== null)(
  'a filter over very many lines of PostgreSQL says which were searched',
  async () => {
    const { GPU_MCP_STORE_URL = '' } = await inPostgres([line('a'), line('b'), line('c')]);
    vi.stubEnv('GPU_MCP_STORE_URL', GPU_MCP_STORE_URL);
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const shown = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      await audit({}, { limit: '50', only: 'real' }, 2);
      expect(said.mock.calls.flat().join('')).toMatch(/\b2 of 3\b/);
    } finally {
      vi.unstubAllEnvs();
      said.mockRestore();
      shown.mockRestore();
    }
  },
);

describe.each<[string, Fill, boolean]>([
  ['the state directory', inFiles, true],
  ['a shared PostgreSQL', inPostgres, postgres !== null],
])('the audit log in %s', (_place, fill, isHere) => {
  it.runIf(isHere)('is filtered by mode, tool and time, and says if nothing is left', async () => {
    const now = new Date().toISOString();
    const env = await fill([
      line('old'),
      line('new', { at: now }),
      line('played', { at: now, sandbox: true }),
      line('gone', { at: now, tool: 'delete_pod' }),
    ]);
    const sessions = async (...args: string[]): Promise<unknown[]> => {
      const { code, stdout } = await runHere(['audit', '--json', ...args], env);
      expect(code).toBe(0);
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((text) => JSON.parse(text).session);
    };
    expect(await sessions()).toEqual(['old', 'new', 'played', 'gone']);
    expect(await sessions('--only', 'real')).toEqual(['old', 'new', 'gone']);
    expect(await sessions('--only', 'sandbox')).toEqual(['played']);
    expect(await sessions('--tool', 'delete_pod')).toEqual(['gone']);
    expect(await sessions('--since', '1h')).toEqual(['new', 'played', 'gone']);
    expect(await sessions('--since', '2026-03-28', '--limit', '1')).toEqual(['gone']);
    expect(await sessions('--since', '1h', '--only', 'real', '--tool', 'create_pod')).toEqual(['new']);
    expect(await runHere(['audit', '--tool', 'stop_pod'], env)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^[^\n]*\b4\b[^\n]*\n$/),
    });
    const dated = await runHere(['audit', '--since', '2026-03-28T14:00', '--limit', '1'], env);
    expect(dated.stderr).toContain('2026-03-28T14:00:00.000Z');
    const cut = await runHere(['audit', '--limit', '3', '--json'], env);
    expect(cut.stderr).toMatch(/3 of 4 .*--limit/);
  });

  it.runIf(isHere)(
    'is shown as a table with the mode, and as CSV in which nothing is a formula',
    async () => {
      const summary = '=HYPERLINK("http://x"), "a"\u001b[31m';
      const env = await fill([line('s', { summary, usd_upfront: null, sandbox: true })]);
      const table = await runHere(['audit'], env);
      expect(table.stdout.split('\n')[1]?.split(/ {2,}/)).toEqual([
        '2026-03-28T14:00:00Z',
        'sandbox',
        'create_pod',
        'volt:pod:pod_a',
        '$0.39/h',
        'person',
        'done',
      ]);
      const { stdout } = await runHere(['audit', '--csv', '--only', 'sandbox'], env);
      const [head, row] = stdout.split('\r\n');
      expect(head).toBe('at,mode,tool,ref,usd_per_hour,usd_upfront,answer,outcome,summary,session');
      expect(row).toBe(
        `2026-03-28T14:00:00.123Z,sandbox,create_pod,volt:pod:pod_a,0.39,,person,done,"'=HYPERLINK(""http://x""), ""a""",s`,
      );
    },
  );
});
