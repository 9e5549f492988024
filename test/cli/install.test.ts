import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cursor } from '../../src/cli/install/clients/editors.ts';
import { CLIENTS } from '../../src/cli/install/clients/index.ts';
import { launchOf } from '../../src/cli/install/entry.ts';
import { install, uninstall } from '../../src/cli/install/install.ts';
import { carryOut, planInstall } from '../../src/cli/install/plan.ts';
import { ConfigError } from '../../src/config/read.ts';
import { namesIn, naming } from '../facts.ts';
import { cursorFile, entryIn, NEBULA_KEY, testBench, VOLT_KEY } from './install-bench.ts';

describe('the place of keys', () => {
  it('a client that cannot refer to variables gets private files, readable by their owner alone', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    await install('claude-desktop', {}, bench);
    const file = join(bench.home, '.config', 'Claude', 'claude_desktop_config.json');
    const path = join(bench.stateDir, 'keys', 'volt');
    expect(entryIn(file).env).toEqual({ VOLT_API_KEY_FILE: path });
    expect(readFileSync(path, 'utf8')).toBe(`${VOLT_KEY}\n`);
    expect([path, dirname(path)].map((found) => statSync(found).mode & 0o777)).toEqual([0o600, 0o700]);
    expect(readdirSync(dirname(path))).toEqual(['volt']);
  });

  it('--keys literal writes the key, warns, and still never prints it', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY, NEBULA_API_KEY: NEBULA_KEY });
    await install('cursor', { keys: 'literal', scope: 'project' }, bench);
    const file = join(bench.place.cwd, '.cursor', 'mcp.json');
    expect(entryIn(file).env).toEqual({ VOLT_API_KEY: VOLT_KEY, NEBULA_API_KEY: NEBULA_KEY });
    const said = bench.printed.join('\n');
    expect(said).not.toContain('canary');
    expect(said.match(/^! /gm)).toHaveLength(2);
  });

  it('a literal key that is replaced is masked in what is shown, and so are those of others', async () => {
    const bench = testBench();
    bench.put(
      cursorFile(bench.home),
      '{"mcpServers":{\n"other":{"env":{\n"API_TOKEN":"others-canary"}},\n"gpu-cloud":{"command":"gpu-cloud-mcp",\n"env":{\n"VOLT_API_KEY":"old-canary"}}}}\n',
    );
    await install('cursor', {}, bench);
    expect(bench.printed.join('\n')).not.toContain('canary');
  });

  it('of a file on one line only our entry is shown', async () => {
    const bench = testBench();
    bench.put(
      cursorFile(bench.home),
      '{"mcpServers":{"db":{"command":"x","args":["postgresql://ada:canary@h/db"]}}}',
    );
    await install('cursor', {}, bench);
    const said = bench.printed.join('\n');
    expect(said).not.toContain('canary');
    expect(said).toMatch(/^\+ "gpu-cloud": \{/m);
  });

  it('*_FILE variables and --volt-key-file become absolute paths', async () => {
    const bench = testBench({});
    const path = bench.put(join(bench.place.cwd, 'key'), `${VOLT_KEY}\n`);
    await install('cursor', { voltKeyFile: 'key' }, bench);
    expect(entryIn(cursorFile(bench.home)).env).toEqual({ VOLT_API_KEY_FILE: path });
  });

  it('expands ~ in a variable that names a file, because no shell has done so', async () => {
    const bench = testBench({ VOLT_API_KEY_FILE: '~/volt.key' });
    const path = bench.put(join(bench.home, 'volt.key'), VOLT_KEY);
    await install('cursor', {}, bench);
    expect(entryIn(cursorFile(bench.home)).env).toEqual({ VOLT_API_KEY_FILE: path });
  });

  it.each([
    [{}, ['VOLT_API_KEY', 'NEBULA_API_KEY', '--volt-key-file', '--nebula-key-file', '--sandbox']],
    [{ voltKeyFile: '/nowhere/key' }, ['--volt-key-file', '/nowhere/key']],
    [{ keys: 'vault' }, ['--keys', 'vault', 'env', 'file', 'literal']],
    [{ scope: 'world', sandbox: true }, ['--scope', 'world', 'user', 'project']],
    [{ http: 'ftp://x', sandbox: false }, ['--http', 'ftp://x', 'http', 'https']],
    [{ http: 'https://ada:canary@x.example/mcp' }, ['--http']],
    [{ http: 'https://x.example/mcp', sandbox: true }, ['--http', '--sandbox']],
    [{ keys: 'env', sandbox: true }, ['--keys', '--sandbox']],
    [{ http: 'https://x.example/mcp', voltKeyFile: '/k' }, ['--volt-key-file', '--http']],
    [{ name: 'a b', sandbox: true }, ['--name', 'a b', '1', '64']],
    [{ voltKeyFile: 'volt_live_canary' }, ['--volt-key-file']],
  ])('refuses %j, names what is wrong, repeats no secret and writes nothing', async (flags, names) => {
    const bench = testBench({});
    const refused = install('cursor', flags, bench);
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(naming(...names));
    await expect(refused).rejects.not.toThrow(/canary/);
    expect(existsSync(cursorFile(bench.home))).toBe(false);
  });

  it('names the variable whose file holds no key', async () => {
    const bench = testBench({ NEBULA_API_KEY_FILE: '/nowhere/key' });
    await expect(install('cursor', {}, bench)).rejects.toThrow(naming('NEBULA_API_KEY_FILE', '/nowhere/key'));
  });

  it('--keys env when the client cannot refer to variables is refused with what to do', async () => {
    await expect(install('zed', { keys: 'env' }, testBench())).rejects.toThrow(/--keys file/);
  });

  it('--keys env without a key here refers to both variables and says so', async () => {
    const bench = testBench({});
    await install('codex', { keys: 'env' }, bench);
    const text = readFileSync(join(bench.home, '.codex', 'config.toml'), 'utf8');
    expect(text).toContain('env_vars = [ "VOLT_API_KEY", "NEBULA_API_KEY" ]');
    expect(bench.printed.join('\n')).toMatch(naming('VOLT_API_KEY', 'NEBULA_API_KEY'));
  });
});

describe('the file', () => {
  it('keeps its mode, and a link stays a link', async () => {
    const bench = testBench();
    const real = bench.put(join(bench.home, 'dotfiles', 'mcp.json'), '{}\n');
    chmodSync(real, 0o640);
    mkdirSync(dirname(cursorFile(bench.home)));
    symlinkSync(real, cursorFile(bench.home));
    await install('cursor', { sandbox: true }, bench);
    expect(lstatSync(cursorFile(bench.home)).isSymbolicLink()).toBe(true);
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(entryIn(real).args).toEqual(['-y', 'gpu-cloud-mcp', 'serve', '--sandbox']);
    expect(readdirSync(dirname(real)).toSorted()).toEqual(['mcp.json', 'mcp.json.20261122T070301Z.bak']);
  });

  it('is private when it is new and of the user', async () => {
    const bench = testBench();
    await install('cursor', { sandbox: true }, bench);
    expect(statSync(cursorFile(bench.home)).mode & 0o777).toBe(0o600);
  });

  it('that somebody else changed since it was read is not written', async () => {
    const bench = testBench();
    const file = bench.put(cursorFile(bench.home), '{}\n');
    const target = { kind: 'sandbox' } as const;
    const [plan] = planInstall({ client: cursor, scope: 'user', name: 'gpu-cloud', target }, bench);
    writeFileSync(file, '{ "mine": 1 }\n');
    if (plan === undefined) throw new Error('no plan');
    expect(() => carryOut(plan, new Date())).toThrow(ConfigError);
    expect(readFileSync(file, 'utf8')).toBe('{ "mine": 1 }\n');
    expect(readdirSync(dirname(file))).toEqual(['mcp.json']);
  });

  it('gets two backups when two changes fall into one second', async () => {
    const bench = testBench();
    bench.put(cursorFile(bench.home), '{}\n');
    await install('cursor', { sandbox: true }, bench);
    await uninstall('cursor', {}, bench);
    expect(readdirSync(dirname(cursorFile(bench.home)))).toHaveLength(3);
  });
});

describe('names', () => {
  const others = '{"mcpServers":{"gpu":{"command":"other-gpu-server"}}}\n';

  it("of somebody else's server are refused by install and uninstall", async () => {
    const bench = testBench();
    const file = bench.put(cursorFile(bench.home), others);
    await expect(install('cursor', { name: 'gpu', sandbox: true }, bench)).rejects.toThrow(/--name/);
    await expect(uninstall('cursor', { name: 'gpu' }, bench)).rejects.toThrow(ConfigError);
    expect(readFileSync(file, 'utf8')).toBe(others);
  });

  it('may be chosen, and are found again', async () => {
    const bench = testBench();
    const file = bench.put(cursorFile(bench.home), others);
    await install('cursor', { name: 'clouds', sandbox: true }, bench);
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')).mcpServers)).toEqual(['gpu', 'clouds']);
    await uninstall('cursor', { name: 'clouds' }, bench);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(others));
  });

  it('that are not there are nothing to remove, and a dry run promises nothing', async () => {
    const bench = testBench();
    await uninstall('cursor', {}, bench);
    const [said, ...more] = bench.printed;
    await uninstall('cursor', { dryRun: true }, bench);
    expect({ said, more }).toEqual({
      said: expect.stringMatching(naming('Cursor', '"gpu-cloud"')),
      more: [],
    });
    expect(bench.printed).toEqual([said, said]);
  });

  it('of earlier versions are named when they are removed', async () => {
    const bench = testBench();
    bench.put(cursorFile(bench.home), '{"mcpServers":{"gpu-cloud-mcp":{"command":"gpu-cloud-mcp"}}}\n');
    await uninstall('cursor', {}, bench);
    expect(bench.printed.join()).toContain('"gpu-cloud-mcp"');
  });
});

describe('the command line', () => {
  it('of a package is npx, of a clone node with the absolute path, on Windows through cmd', () => {
    const bench = testBench();
    expect(launchOf(bench.script, 'linux')).toMatchObject({ command: 'npx', args: ['-y', 'gpu-cloud-mcp'] });
    expect(launchOf(bench.script, 'win32').args).toEqual(['/c', 'npx', '-y', 'gpu-cloud-mcp']);
    const clone = bench.put(join(bench.home, 'src', 'dist', 'index.js'), '');
    expect(launchOf(clone, 'linux')).toMatchObject({ command: 'node', args: [clone] });
  });

  it('fails when the handshake fails, and says why', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY }, { ok: false, problem: 'the-cause' });
    await install('cursor', {}, bench);
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
    expect(bench.printed.join('\n')).toMatch(/✗ .*\bthe-cause\b/);
  });

  it('--no-verify starts nothing', async () => {
    const bench = testBench();
    await install('cursor', { verify: false }, bench);
    expect(bench.verified).toEqual([]);
  });

  it('without a client and without a terminal lists the clients', async () => {
    const bench = testBench();
    mkdirSync(join(bench.home, '.cursor'));
    const rows = async () => {
      const failed: unknown = await install(undefined, {}, bench).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(ConfigError);
      return CLIENTS.map(({ id }) => String(failed).match(new RegExp(`^ +${id} +(.*)$`, 'm'))?.[1]);
    };
    const titles = CLIENTS.map(({ title }) => title);
    const at = CLIENTS.indexOf(cursor);
    const found = await rows();
    expect(found[at]).toMatch(/^Cursor .+/);
    expect(found.with(at, 'Cursor')).toEqual(titles);
  });

  it.each([
    ['claude', ['claude-code', 'claude-desktop']],
    ['Copilot', ['copilot-cli']],
    ['curser', ['cursor']],
    ['lmstudio', ['lm-studio']],
  ])('of a client called %s names the one that is meant before all', async (name, meant) => {
    const ids = CLIENTS.map(({ id }) => id);
    for (const refused of [install(name, { sandbox: true }, testBench()), uninstall(name, {}, testBench())]) {
      const error: unknown = await refused.catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(ConfigError);
      expect(namesIn(String(error), ids)).toEqual([...meant, ...ids]);
    }
  });
});

it('finds every file on every platform', () => {
  const rows = (['darwin', 'linux', 'win32'] as const).flatMap((platform) => {
    const home = platform === 'win32' ? 'C:\\Users\\ada' : platform === 'darwin' ? '/Users/ada' : '/home/ada';
    const place = { platform, home, cwd: platform === 'win32' ? 'C:\\work' : '/project', env: {} };
    return CLIENTS.flatMap(({ id, user, project }) => [
      `${platform} ${id} user    ${user(place)}`,
      ...(project === null ? [] : [`${platform} ${id} project ${project(place)}`]),
    ]);
  });
  expect(rows).toMatchSnapshot();
});
