import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { audit } from '../../src/cli/commands/audit.ts';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { AUDIT_FILE, OLDER_AUDIT_FILE, readAudit } from '../../src/store/audit.ts';
import { writeLine } from '../../src/store/postgres/audit.ts';
import { createDatabase } from '../../src/store/postgres/database.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import type { AuditLine } from '../../src/store/records.ts';
import { numbersIn } from '../facts.ts';
import { HARNESS_START, VOLT_POD } from '../harness.ts';
import { testPostgres } from '../postgres/postgres.ts';
import { stateDirectory } from '../store/directory.ts';
import { runHere } from './here.ts';

const postgres = await testPostgres();

const line = (more: Partial<AuditLine> = {}): AuditLine => ({
  at: '2026-03-28T14:00:00.123Z',
  session: 's',
  tool: 'create_pod',
  ref: 'volt:pod:pod_a',
  summary: 'Rent.',
  usd_per_hour: 0.39,
  usd_upfront: 0,
  answer: 'person',
  outcome: 'done',
  ...more,
});
const written = (...lines: AuditLine[]) => lines.map((one) => `${JSON.stringify(one)}\n`).join('');

async function stateWith(now: string, older = ''): Promise<string> {
  const dir = await stateDirectory();
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, AUDIT_FILE), now);
  if (older !== '') await writeFile(join(dir, OLDER_AUDIT_FILE), older);
  return dir;
}

describe('gpu-cloud-mcp audit', () => {
  it('is a table of time, mode, tool, ref, cost, who agreed and outcome, oldest first, over both files', async () => {
    const older = written(line({ tool: 'delete_pod', usd_per_hour: 0, outcome: 'declined', answer: 'none' }));
    const job = line({
      tool: 'submit_finetune',
      ref: null,
      usd_per_hour: 0,
      usd_upfront: 92.5,
      sandbox: true,
    });
    const dir = await stateWith(written(line(), job, line({ tool: 'stop_pod', answer: 'lease' })), older);
    const { code, stdout, stderr } = await runHere(['audit', '--state-dir', dir]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = stdout.trimEnd().split('\n');
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      ['time', 'mode', 'tool', 'ref', 'cost', 'who agreed', 'outcome'],
      ['2026-03-28T14:00:00Z', 'real', 'delete_pod', 'volt:pod:pod_a', '-', '-', 'declined'],
      ['2026-03-28T14:00:00Z', 'real', 'create_pod', 'volt:pod:pod_a', '$0.39/h', 'person', 'done'],
      ['2026-03-28T14:00:00Z', 'sandbox', 'submit_finetune', '-', 'up to $92.50', 'person', 'done'],
      ['2026-03-28T14:00:00Z', 'real', 'stop_pod', 'volt:pod:pod_a', '$0.39/h', 'lease', 'done'],
    ]);
  });

  it('shows the last ones, also as JSON lines, and leaves torn lines out with a warning', async () => {
    const torn = `${written(line({ session: 'a' }))}{"at":"2026-03\n${written(line({ session: 'b' }), line({ session: 'c' }))}{"at"`;
    const dir = await stateWith(torn);
    const { stdout, stderr } = await runHere(['audit', '--json', '--limit', '2', '--state-dir', dir]);
    const shown = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(shown).toEqual([line({ session: 'b' }), line({ session: 'c' })]);
    const [ofAll = '', unread = '', ...rest] = stderr.trimEnd().split('\n');
    expect([ofAll, unread].map(numbersIn)).toEqual([[2, 3], [2]]);
    expect([ofAll.includes('--limit'), rest]).toEqual([true, []]);
    const cut = await runHere(['audit', '--limit', '1', '--state-dir', dir]);
    expect(cut.stderr).toMatch(/1 of 3 .*--limit/);
    const one = await stateWith(`{"at"\n${written(line())}`);
    expect(numbersIn((await runHere(['audit', '--state-dir', one])).stderr)).toEqual([1]);
  });

  it('needs no key, and says when nothing is written down', async () => {
    const { code, stdout } = await runHere(['audit']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[^\n]+\n$/);
  });

  it('marks the calls of a simulator, built in or on this machine', async () => {
    const dir = await stateDirectory();
    const sandbox = await serveSandbox({ speed: 0, start: HARNESS_START });
    const args = ['call', 'create_pod', JSON.stringify(VOLT_POD), '--state-dir', dir];
    await runHere([...args, '--sandbox']);
    await runHere(args, { VOLT_API_KEY: sandbox.volt.apiKey, VOLT_BASE_URL: sandbox.volt.baseUrl });
    await sandbox.close();
    const { lines } = await readAudit(dir);
    expect(lines.map((one) => one.sandbox)).toEqual([true, true]);
  });

  it('refuses a limit that is none', async () => {
    expect(await runHere(['audit', '--limit', 'all'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('shows no control characters that got into the file', async () => {
    const dir = await stateWith(written(line({ ref: 'volt:pod:\u001b[31mred\u202e' })));
    const { stdout } = await runHere(['audit', '--state-dir', dir]);
    expect(stdout).toContain('volt:pod:red');
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
  });
});

/** Writes lines into a new log; the environment that leads to it. */
type Fill = (lines: readonly AuditLine[]) => Promise<Record<string, string>>;

const inFiles: Fill = async (lines) => ({ GPU_MCP_STATE_DIR: await stateWith(written(...lines)) });

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
    const { GPU_MCP_STORE_URL = '' } = await inPostgres([line(), line(), line()]);
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
      line({ session: 'old' }),
      line({ session: 'new', at: now }),
      line({ session: 'played', at: now, sandbox: true }),
      line({ session: 'gone', at: now, tool: 'delete_pod' }),
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
      const env = await fill([line({ session: 's', summary, usd_upfront: null, sandbox: true })]);
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
