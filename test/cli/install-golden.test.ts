import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLIENTS } from '../../src/cli/install/clients/index.ts';
import { SYNTAXES } from '../../src/cli/install/entry.ts';
import { install, uninstall } from '../../src/cli/install/install.ts';
import { ConfigError } from '../../src/config/read.ts';
import { NEBULA_KEY, testBench, VOLT_KEY } from './install-bench.ts';

const golden = (name: string): string => join(import.meta.dirname, 'golden', name);
const read = (path: string): string => readFileSync(path, 'utf8');

describe.each(CLIENTS)('install $id', (client) => {
  const before = read(golden(`${client.id}.before.txt`));
  const start = (env?: Record<string, string>) => {
    const bench = testBench(env);
    const file = bench.put(client.user(bench.place), before);
    return { bench, file };
  };

  it('writes exactly the golden file and keeps the old one as a backup', async () => {
    const { bench, file } = start({ VOLT_API_KEY: VOLT_KEY, NEBULA_API_KEY: NEBULA_KEY });
    await install(client.id, {}, bench);
    const after = read(file).replaceAll(bench.home, '/home/ada');
    await expect(after).toMatchFileSnapshot(golden(`${client.id}.after.txt`));
    expect(read(`${file}.20261122T070301Z.bak`)).toBe(before);
    expect(bench.verified).toHaveLength(1);
    expect(`${after}${bench.printed.join('\n')}`).not.toContain('canary');
  });

  it('changes nothing the second time', async () => {
    const { bench, file } = start();
    await install(client.id, {}, bench);
    const once = read(file);
    const { mtimeMs } = statSync(file);
    await install(client.id, {}, bench);
    expect(read(file)).toBe(once);
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
  });

  it('is undone by uninstall: what it reads is again what it was', async () => {
    const { bench, file } = start();
    const syntax = SYNTAXES[client.format];
    await install(client.id, {}, bench);
    await uninstall(client.id, {}, bench);
    const names = Object.keys(Object(syntax.parse(read(file)))[client.table[0] ?? ''] ?? {});
    expect(names).not.toContain('gpu-cloud');
    if (client.id === 'cline' || client.id === 'gemini' || client.id === 'windsurf') return;
    expect(syntax.parse(read(file))).toEqual(syntax.parse(before));
  });

  it('writes a server behind a URL, or says that the client cannot', async () => {
    const { bench, file } = start({ GPU_MCP_HTTP_TOKEN: 'token-canary-9999' });
    const run = install(client.id, { http: 'https://gpu.example.com/mcp' }, bench);
    if (client.http === null) {
      await expect(run).rejects.toThrow(ConfigError);
      expect(read(file)).toBe(before);
      return;
    }
    await run;
    await expect(read(file)).toMatchFileSnapshot(golden(`${client.id}.http.txt`));
    expect(read(file)).not.toContain('canary');
  });

  it('never writes over a broken file', async () => {
    const broken = { json: '{ "a": [1, 2 }', toml: 'a = = 1\n', yaml: 'a: [1, 2\nb: }\n' }[client.format];
    const bench = testBench();
    const file = bench.put(client.user(bench.place), broken);
    await expect(install(client.id, { sandbox: true }, bench)).rejects.toThrow(ConfigError);
    expect(read(file)).toBe(broken);
    expect(existsSync(`${file}.20261122T070301Z.bak`)).toBe(false);
  });

  it('never writes over a file of another shape', async () => {
    const [table = ''] = client.table;
    const odd = { json: `{ "${table}": ["x"] }`, toml: `${table} = ["x"]\n`, yaml: `${table}: [x]\n` };
    const bench = testBench();
    const file = bench.put(client.user(bench.place), odd[client.format]);
    await expect(install(client.id, { sandbox: true }, bench)).rejects.toThrow(file);
    expect(read(file)).toBe(odd[client.format]);
  });

  it('says what it would do in a dry run and writes nothing', async () => {
    const { bench, file } = start();
    await install(client.id, { dryRun: true }, bench);
    expect(read(file)).toBe(before);
    expect(bench.printed.join('\n')).toMatch(/^\+ .*gpu-cloud-mcp/m);
    expect(bench.verified).toEqual([]);
    expect(existsSync(bench.stateDir)).toBe(false);
  });
});
