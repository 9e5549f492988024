import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { moneyOf } from '../../src/config/money.ts';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { AUDIT_FILE, createAuditLog, OLDER_AUDIT_FILE, readAudit } from '../../src/store/audit.ts';
import type { AuditLine } from '../../src/store/records.ts';
import { HARNESS_START, VOLT_POD } from '../harness.ts';
import { stateDirectory } from '../store/directory.ts';
import { runHere } from './here.ts';

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

  it('shows the last ones, also as JSON lines, and leaves torn lines out aloud', async () => {
    const torn = `${written(line({ session: 'a' }))}{"at":"2026-03\n${written(line({ session: 'b' }), line({ session: 'c' }))}{"at"`;
    const dir = await stateWith(torn);
    const { stdout, stderr } = await runHere(['audit', '--json', '--limit', '2', '--state-dir', dir]);
    const shown = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(shown).toEqual([line({ session: 'b' }), line({ session: 'c' })]);
    expect(stderr).toBe(
      'The last 2 of 3 calls; more with --limit.\n2 lines could not be read and were left out.\n',
    );
    const cut = await runHere(['audit', '--limit', '1', '--state-dir', dir]);
    expect(cut.stderr).toMatch(/1 of 3 .*--limit/);
    const one = await stateWith(`{"at"\n${written(line())}`);
    expect((await runHere(['audit', '--state-dir', one])).stderr).toBe(
      '1 line could not be read and was left out.\n',
    );
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

  it('counts a call as real if one address is not on this machine', () => {
    const local = { api: 'http://127.0.0.1:1' };
    expect(moneyOf({ sandbox: null, urls: { volt: local } })).toBe('local');
    expect(moneyOf({ sandbox: null, urls: { volt: local, nebula: { api: 'https://a.example' } } })).toBe(
      'real',
    );
    expect(moneyOf({ sandbox: null, urls: {} })).toBe('real');
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

describe('the audit log', () => {
  it('begins a line of its own behind a torn one', async () => {
    const dir = await stateWith('{"at":"torn');
    await createAuditLog(dir, (text) => text).write(line());
    expect(await readAudit(dir)).toEqual({ lines: [line()], unreadable: 1 });
  });

  it('stays whole when two processes write and the file moves under them', async () => {
    const dir = await stateWith('');
    const full = 5 * 1024 * 1024;
    await appendFile(join(dir, AUDIT_FILE), `${JSON.stringify(line({ session: 'first' }))}\n`);
    const worker = join(dir, 'worker.mjs');
    await build({
      stdin: {
        contents: `import { createAuditLog } from './src/store/audit.ts';
          const [dir, name] = process.argv.slice(2);
          const log = createAuditLog(dir, (text) => text);
          const line = ${JSON.stringify(line())};
          await Promise.all(Array.from({ length: 60 }, (_, n) => log.write({ ...line, session: name + n })));`,
        resolveDir: process.cwd(),
        loader: 'ts',
      },
      outfile: worker,
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
    await truncate(join(dir, AUDIT_FILE), full);
    const codes = ['a', 'b', 'c'].map(async (name) => {
      const [code] = await once(spawn(process.execPath, [worker, dir, name]), 'exit');
      return code;
    });
    expect(await Promise.all(codes)).toEqual([0, 0, 0]);
    expect((await readFile(join(dir, OLDER_AUDIT_FILE))).length).toBeGreaterThanOrEqual(full);
    const { lines } = await readAudit(dir);
    expect(new Set(lines.map(({ session }) => session)).size).toBe(181);
  });
});
