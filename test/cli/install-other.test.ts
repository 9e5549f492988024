import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { install } from '../../src/cli/install/install.ts';
import { ConfigError } from '../../src/config/read.ts';
import { naming } from '../facts.ts';
import { testBench, VOLT_KEY } from './install-bench.ts';

describe('install of a client that it does not know', () => {
  it.each([
    ['emacs', { sandbox: true }, 1, { command: 'npx', args: ['-y', 'gpu-cloud-mcp', 'serve', '--sandbox'] }],
    ['other', { http: 'https://gpu.example.com/mcp' }, 0, { url: 'https://gpu.example.com/mcp' }],
    [
      'other',
      {},
      0,
      {
        command: 'npx',
        args: ['-y', 'gpu-cloud-mcp'],
        env: { VOLT_API_KEY_FILE: expect.stringMatching(/^\/path\/to\//) },
      },
    ],
  ])(
    'of any other client (%s) prints an entry to paste and writes nothing',
    async (name, flags, code, entry) => {
      const bench = testBench();
      await install(name, flags, bench);
      expect(process.exitCode ?? 0).toBe(code);
      process.exitCode = undefined;
      const said = bench.printed.join('\n');
      expect(JSON.parse(said.slice(said.indexOf('{'), said.lastIndexOf('}') + 1))).toEqual({
        mcpServers: { 'gpu-cloud': entry },
      });
      expect(readdirSync(bench.home)).toEqual([]);
    },
  );

  it('of any other client takes --name, known key files, and Node in full if an app would not find it', async () => {
    const bench = testBench({});
    bench.hiddenNode = '/opt/node/bin';
    bench.script = bench.put(join(bench.home, 'src', 'dist', 'index.js'), '');
    const path = bench.put(join(bench.place.cwd, 'key'), VOLT_KEY);
    await install('other', { name: 'clouds', voltKeyFile: 'key' }, bench);
    const said = bench.printed.join('\n');
    expect(JSON.parse(said.slice(said.indexOf('{'), said.lastIndexOf('}') + 1))).toEqual({
      mcpServers: {
        clouds: { command: '/opt/node/bin/node', args: [bench.script], env: { VOLT_API_KEY_FILE: path } },
      },
    });
    expect(said).not.toContain('canary');
  });

  it.each([
    [{ http: 'ftp://x' }, ['--http', 'ftp://x', 'http', 'https']],
    [{ http: 'https://ada:canary@x.example/mcp' }, ['--http']],
    [{ name: 'a b', sandbox: true }, ['--name', 'a b', '1', '64']],
    [{ keys: 'literal' }, ['--keys', 'other']],
    [{ scope: 'project', sandbox: true }, ['--scope', 'other']],
    [{ dryRun: true, sandbox: true }, ['--dry-run', 'other']],
    [{ verify: false, sandbox: true }, ['--no-verify', 'other']],
    [{ replace: true, sandbox: true }, ['--replace', 'other']],
    [{ deleteKeys: true, sandbox: true }, ['--delete-keys', 'other']],
    [{ voltKeyFile: '/nowhere/key' }, ['--volt-key-file', '/nowhere/key']],
  ])('of any other client with %j is refused and prints nothing', async (flags, names) => {
    const bench = testBench({});
    const refused = install('other', flags, bench);
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(naming(...names));
    await expect(refused).rejects.not.toThrow(/canary/);
    expect(bench.printed).toEqual([]);
  });
});
