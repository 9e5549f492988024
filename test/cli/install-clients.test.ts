import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLIENT_IDS } from '../../src/cli/install/clients/index.ts';
import { hiddenNode } from '../../src/cli/install/entry.ts';
import { GENERIC } from '../../src/cli/install/generic.ts';
import { install, uninstall } from '../../src/cli/install/install.ts';
import { createProgram } from '../../src/cli/program.ts';
import { ConfigError } from '../../src/config/read.ts';
import { cursorFile, entryIn, testBench } from './install-bench.ts';

it('the help of install names every client', () => {
  const install = createProgram().commands.find((command) => command.name() === 'install');
  expect(install?.registeredArguments[0]?.description).toBe(`${CLIENT_IDS}, ${GENERIC} (prints an entry)`);
});

describe('an entry under the old name', () => {
  const old = (command: string) =>
    `{"mcpServers": {"gpu-cloud-mcp": {"command": "${command}", "env": {"GPU_MCP_MAX_PODS": "2"}}, "x": {"command": "y"}}}`;

  it('is replaced, not doubled, and keeps what the person had set', async () => {
    const bench = testBench();
    const file = bench.put(cursorFile(bench.home), old('gpu-cloud-mcp'));
    await install('cursor', {}, bench);
    const { mcpServers } = JSON.parse(readFileSync(file, 'utf8'));
    expect(Object.keys(mcpServers).toSorted()).toEqual(['gpu-cloud', 'x']);
    expect(mcpServers['gpu-cloud'].env).toMatchObject({ GPU_MCP_MAX_PODS: '2' });
  });

  it('is removed together with the new one', async () => {
    const bench = testBench();
    const both = {
      'gpu-cloud-mcp': { command: 'gpu-cloud-mcp' },
      'gpu-cloud': { command: 'gpu-cloud-mcp' },
      x: {},
    };
    const file = bench.put(cursorFile(bench.home), JSON.stringify({ mcpServers: both }, null, 2));
    await uninstall('cursor', {}, bench);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ mcpServers: { x: {} } });
  });

  it("stays if it is somebody else's server that has the new name", async () => {
    const bench = testBench();
    const theirs = '{"mcpServers": {"gpu-cloud": {"command": "uvx", "args": ["their-gpu-cloud"]}}}';
    const file = bench.put(cursorFile(bench.home), theirs);
    await expect(install('cursor', {}, bench)).rejects.toThrow(/--name/);
    await expect(uninstall('cursor', {}, bench)).rejects.toThrow(ConfigError);
    expect(readFileSync(file, 'utf8')).toBe(theirs);
  });
});

describe('Cline', () => {
  const program = (home: string) => join(home, '.cline', 'data', 'settings', 'cline_mcp_settings.json');
  const extension = (home: string) =>
    join(home, '.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json');

  it.each([
    [
      [program, extension],
      [true, true],
    ],
    [[extension], [false, true]],
    [[program], [true, false]],
    [[], [true, true]],
  ])(
    'writes the files of the parts that are here, else both, and takes all out again',
    async (here, written) => {
      const bench = testBench();
      for (const file of here) mkdirSync(dirname(dirname(file(bench.home))), { recursive: true });
      await install('cline', { sandbox: true }, bench);
      const both = [program(bench.home), extension(bench.home)];
      expect(both.map((file) => existsSync(file))).toEqual(written);
      expect(bench.verified).toHaveLength(1);
      await uninstall('cline', {}, bench);
      for (const file of both.filter((path) => existsSync(path)))
        expect(JSON.parse(readFileSync(file, 'utf8')).mcpServers).toEqual({});
    },
  );

  it('follows CLINE_MCP_SETTINGS_PATH', async () => {
    const bench = testBench({});
    const path = join(bench.home, 'elsewhere', 'cline.json');
    bench.place = { ...bench.place, env: { CLINE_MCP_SETTINGS_PATH: path } };
    await install('cline', { sandbox: true }, bench);
    expect(entryIn(path).args).toContain('--sandbox');
  });
});

describe('Node for apps on the desktop', () => {
  function machine() {
    const { home, put, place } = testBench({});
    const nvm = put(join(home, '.nvm', 'v20', 'bin', 'node'), '');
    const links = join(home, 'homebrew', 'bin');
    mkdirSync(links, { recursive: true });
    symlinkSync(nvm, join(links, 'node'));
    const system = dirname(put(join(home, 'usr', 'bin', 'node'), ''));
    return { nvm, links, system, place };
  }

  it('is named in full if it is in no system directory, or another one is there', () => {
    const { nvm, system, place } = machine();
    expect(hiddenNode(nvm, place, [])).toBe(dirname(nvm));
    expect(hiddenNode(nvm, place, [system])).toBe(dirname(nvm));
    expect(hiddenNode(join(system, 'node'), place, [system])).toBe(null);
  });

  it('is named by the link on the PATH, which outlives its version', () => {
    const { nvm, links, place } = machine();
    expect(hiddenNode(nvm, { ...place, env: { PATH: `/bin:${links}` } }, [])).toBe(links);
    const passing = { ...place, env: { PATH: links.replace('homebrew', 'fnm_multishells') } };
    expect(hiddenNode(nvm, passing, [])).toBe(dirname(nvm));
  });

  it('is left to Windows, which gives apps the PATH of the person', () => {
    expect(hiddenNode('C:\\node\\node.exe', { platform: 'win32', env: {} })).toBe(null);
  });

  it('is in the entries of apps, not in those of programs for a shell', async () => {
    const bench = testBench({});
    bench.hiddenNode = '/home/ada/.nvm/bin';
    await install('cursor', { sandbox: true }, bench);
    const entry = entryIn(cursorFile(bench.home));
    expect(entry.command).toBe('/home/ada/.nvm/bin/npx');
    expect(entry.env.PATH.split(':')[0]).toBe('/home/ada/.nvm/bin');
    bench.script = bench.put(join(bench.home, 'clone', 'dist', 'index.js'), '');
    await install('lm-studio', { sandbox: true }, bench);
    expect(entryIn(join(bench.home, '.lmstudio', 'mcp.json'))).toEqual({
      command: '/home/ada/.nvm/bin/node',
      args: [bench.script, 'serve', '--sandbox'],
    });
    await install('qwen-code', { sandbox: true }, bench);
    expect(entryIn(join(bench.home, '.qwen', 'settings.json')).command).toBe('node');
  });
});
