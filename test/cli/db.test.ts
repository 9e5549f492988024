import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/cli/commands/doctor.ts';
import { naming } from '../facts.ts';
import { testPostgres } from '../postgres/postgres.ts';
import { runHere } from './here.ts';

const postgres = await testPostgres();

describe('db', () => {
  it.skipIf(postgres === null)(
    'shows and makes the schema, and the audit log is read from it',
    async () => {
      const env = { GPU_MCP_STORE_URL: (await postgres?.database()) ?? '' };
      const before = await runHere(['db', 'status', '--json'], env);
      expect([before.code, JSON.parse(before.stdout)]).toEqual([
        1,
        { version: 0, known: expect.any(Number), pending: expect.arrayContaining(['first']), unfit: null },
      ]);
      expect((await runHere(['db', 'migrate'], env)).code).toBe(0);
      const after = await runHere(['db', 'status', '--json'], env);
      const { known } = JSON.parse(before.stdout);
      expect([after.code, JSON.parse(after.stdout).version]).toEqual([0, known]);
      expect(await runHere(['audit', '--json'], env)).toMatchObject({ code: 0, stdout: '' });
      const { stdout } = await runHere(['doctor', '--sandbox', '--json'], env);
      const { checks }: { checks: Finding[] } = JSON.parse(stdout);
      const { ok, line = '' } = checks.find(({ check }) => check === 'store') ?? {};
      expect(ok).toBe(true);
      expect(line).toMatch(naming('PostgreSQL', String(known)));
      expect(line).not.toContain('NOTIFY');
    },
    90_000,
  );

  it('says what is missing, and shows no password', async () => {
    const none = await runHere(['db', 'status'], { GPU_MCP_STORE_URL: '' });
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('GPU_MCP_STORE_URL')]);
    const away = await runHere(['db', 'migrate'], {
      GPU_MCP_STORE_URL: 'postgres://anna:secret-word@127.0.0.1:1/x',
    });
    expect([away.code, away.stderr]).toEqual([1, expect.stringContaining('127.0.0.1:1/x')]);
    expect(away.stderr + away.stdout).not.toContain('secret-word');
  }, 60_000);
});
