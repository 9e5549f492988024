import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { install, uninstall } from '../../src/cli/install/install.ts';
import { ConfigError } from '../../src/config/read.ts';
import { cursorFile, testBench } from './install-bench.ts';

const put = (path: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
};

describe('a file that cannot be edited without harm is left alone', () => {
  it.each([
    ['Latin-1', Buffer.from('{"mcpServers":{"a":{"command":"/home/jos\u00e9/x"}}}', 'latin1')],
    ['UTF-16', Buffer.from('\ufeff{"mcpServers":{}}', 'utf16le')],
  ])('%s', async (_name, bytes) => {
    const bench = testBench();
    put(cursorFile(bench.home), bytes);
    await expect(install('cursor', { sandbox: true }, bench)).rejects.toThrow(cursorFile(bench.home));
    await expect(uninstall('cursor', {}, bench)).rejects.toThrow(cursorFile(bench.home));
    expect(readFileSync(cursorFile(bench.home))).toEqual(bytes);
    expect(readdirSync(dirname(cursorFile(bench.home)))).toEqual(['mcp.json']);
  });

  it('a link to nothing', async () => {
    const bench = testBench();
    const file = cursorFile(bench.home);
    mkdirSync(dirname(file));
    symlinkSync(join(bench.home, 'dotfiles', 'mcp.json'), file);
    await expect(install('cursor', { sandbox: true }, bench)).rejects.toThrow('dotfiles');
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(existsSync(join(bench.home, 'dotfiles'))).toBe(false);
  });

  it.each([
    ['cursor', 'json', 60_000, (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`],
    ['codex', 'toml', 60_000, (depth: number) => `a = ${'['.repeat(depth)}${']'.repeat(depth)}\n`],
    ['goose', 'yaml', 10_000, (depth: number) => `a: ${'['.repeat(depth)}${']'.repeat(depth)}\n`],
  ])('%s: %s nested deeper than it can be compared', async (id, _format, depth, text) => {
    const bench = testBench();
    const file = {
      cursor: cursorFile(bench.home),
      codex: join(bench.home, '.codex', 'config.toml'),
      goose: join(bench.home, '.config', 'goose', 'config.yaml'),
    }[id];
    const deep = text(depth);
    put(file ?? '', deep);
    await expect(install(id, { sandbox: true }, bench)).rejects.toThrow(ConfigError);
    expect(readFileSync(file ?? '', 'utf8')).toBe(deep);
  });
});

describe('the lines of others', () => {
  it.each([
    [
      '{"a": {"b":1},   "mcpServers": {"x":{"command":"y"}}}',
      ['{"a": {"b":1},   "mcpServers": {"x":{"command":"y"}'],
    ],
    [
      '{\n  "mcpServers": {\n    // first\n    "x": {"command":"y", "args":[1,2,   3]} // theirs\n    // end\n  },\n  "o": {"p":[1,2]}\n}\n',
      [
        '    // first',
        '    "x": {"command":"y", "args":[1,2,   3]}, // theirs',
        '    // end',
        '  "o": {"p":[1,2]}',
      ],
    ],
    ['{\n\t"mcpServers": {\n\t\t"x": { "command": "y" },\n\t},\n}\n', ['\t\t"x": { "command": "y" },']],
  ])('stay as they are beside a new entry, and come back: %j', async (before, kept) => {
    const bench = testBench();
    const file = cursorFile(bench.home);
    put(file, before);
    await install('cursor', { sandbox: true }, bench);
    for (const line of kept) expect(readFileSync(file, 'utf8')).toContain(line);
    await uninstall('cursor', {}, bench);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('keep the comment above the next entry when ours is removed', async () => {
    const bench = testBench();
    const file = cursorFile(bench.home);
    put(
      file,
      '{\n  "mcpServers": {\n    "gpu-cloud-mcp": {"command": "gpu-cloud-mcp"},\n    // theirs\n    "x": {}\n  }\n}\n',
    );
    await uninstall('cursor', {}, bench);
    expect(readFileSync(file, 'utf8')).toBe('{\n  "mcpServers": {\n    // theirs\n    "x": {}\n  }\n}\n');
  });
});

it('the draft of a killed process beside the file is removed by the next write, and nothing else', async () => {
  const bench = testBench();
  const file = cursorFile(bench.home);
  put(file, '{}\n');
  const stale = join(dirname(file), '.mcp.json.0123456789ab.gpu-cloud.tmp');
  put(stale, 'half');
  utimesSync(stale, new Date(0), new Date(0));
  put(join(dirname(file), '.mcp.json.tmp'), "somebody else's");
  await install('cursor', { sandbox: true }, bench);
  expect(readdirSync(dirname(file)).filter((name) => name.endsWith('.tmp'))).toEqual(['.mcp.json.tmp']);
});
