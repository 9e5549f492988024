import { describe, expect, it } from 'vitest';
import { startProgram } from '../child.ts';
import { naming } from '../facts.ts';

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 7,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
};

const PLACEHOLDER = ['$', '{env:RO}'].join('');

describe('a server that cannot start', () => {
  it.each([
    ['no key', [], {}, naming('VOLT_API_KEY', 'NEBULA_API_KEY', '--sandbox')],
    [
      'a placeholder',
      [],
      { VOLT_API_KEY: 'volt_refused_1', GPU_MCP_READ_ONLY: PLACEHOLDER },
      /^GPU_MCP_READ_ONLY: /,
    ],
    [
      'a wrong value',
      [],
      { VOLT_API_KEY: 'volt_refused_1', GPU_MCP_MAX_PODS: 'lots' },
      /^GPU_MCP_MAX_PODS: "lots"/,
    ],
    ['a key in quotes', [], { VOLT_API_KEY: '"volt_refused_1"' }, /^VOLT_API_KEY: .*quotes/],
    [
      'an unknown flag',
      ['serve', '--reslts', 'both'],
      { VOLT_API_KEY: 'volt_refused_1' },
      naming('--reslts', 'serve', '--help'),
    ],
    [
      'an unknown flag with a key',
      ['--volt-api-key=volt_refused_1'],
      { VOLT_API_KEY: 'volt_refused_1' },
      naming('--volt-api-key', 'serve', '--help'),
    ],
    ['a flag without its value', ['--results'], { VOLT_API_KEY: 'volt_refused_1' }, naming('--results')],
  ])(
    'answers every request with the reason, says it on stderr, and ends with 2 with stdin: %s',
    async (_what, args: string[], env, why) => {
      const child = await startProgram(args, env);
      for (const message of [
        INITIALIZE,
        { jsonrpc: '2.0', method: 'notifications/initialized' },
        'noise',
        { jsonrpc: '2.0', id: 'b', method: 'tools/list' },
      ]) {
        child.process.stdin.write(`${JSON.stringify(message)}\n`);
      }
      child.process.stdin.end('not JSON\n');
      const { code, stdout, stderr } = await child.ended;
      const replies = stdout
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line));
      const error = { code: -32_000, message: expect.stringMatching(why) };
      expect(replies).toEqual([
        { jsonrpc: '2.0', id: 7, error },
        { jsonrpc: '2.0', id: null, error: expect.objectContaining({ code: -32_600 }) },
        { jsonrpc: '2.0', id: 'b', error },
        { jsonrpc: '2.0', id: null, error: expect.objectContaining({ code: -32_700 }) },
      ]);
      expect(stderr).toMatch(new RegExp(why.source, 'm'));
      expect(code).toBe(2);
      expect(`${stdout}${stderr}`).not.toContain('volt_refused_1');
    },
  );

  it('stays until stdin ends, so that the client reads the answer, and leaves one plain paragraph on stderr', async () => {
    const child = await startProgram(['serve']);
    child.process.stdin.write(`${JSON.stringify(INITIALIZE)}\n`);
    await expect.poll(child.stdout, { timeout: 30_000 }).toContain('"id":7');
    expect(child.process.exitCode).toBeNull();
    child.process.stdin.end();
    const { code, stderr } = await child.ended;
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(naming('VOLT_API_KEY', 'VOLT_API_KEY_FILE', 'NEBULA_API_KEY', '--sandbox'));
    expect(stderr).not.toMatch(/\n\s+at |Error:/);
  });

  it('ends at once with 2 over HTTP, for any stdin', async () => {
    const child = await startProgram(['serve', '--http']);
    const { code, stderr, stdout } = await child.ended;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('VOLT_API_KEY');
  });
});

describe('a server that starts with odd settings', () => {
  it('warns on stderr of an empty setting and of a misspelt name', async () => {
    const child = await startProgram(['serve', '--sandbox'], { GPU_MCP_CONFIRM: '', GPU_MCP_READONLY: '1' });
    child.process.stdin.end();
    const { stderr, stdout } = await child.ended;
    expect(stderr).toMatch(/"warn".*GPU_MCP_CONFIRM\b/);
    expect(stderr).toMatch(/"warn".*GPU_MCP_READ_ONLY\b/);
    expect(stdout).toBe('');
  });
});
