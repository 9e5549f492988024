import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { getMcpConfigForManifest, unpackExtension } from '@anthropic-ai/mcpb';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cursorLink, installLinks, vscodeLink } from '../../scripts/docs/links.ts';
import { manifestFiles, readPackage } from '../../scripts/package/manifests.ts';
import { verify } from '../../src/cli/install/verify.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { binary } from '../binary.ts';
import { runProgram } from '../child.ts';
import { naming } from '../facts.ts';
import { ON_CI } from '../on-ci.ts';
import { runHere } from './here.ts';
import registrySchema from './registry.schema.json' with { type: 'json' };

const NPM_MS = 60_000;

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-pack-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A copy of what is published, with the bundle of the present sources as its dist. */
async function staged(): Promise<string> {
  const dir = join(folder(), 'stage');
  mkdirSync(dir);
  for (const file of ['package.json', 'README.md', 'LICENSE']) cpSync(file, join(dir, file));
  cpSync(dirname(await binary()), join(dir, 'dist'), { recursive: true });
  return dir;
}

const handshake = (script: string, home: string) =>
  verify(
    {
      kind: 'stdio',
      command: process.execPath,
      args: [script, 'serve', '--sandbox'],
      values: { HOME: home, XDG_STATE_HOME: join(home, 'state') },
      references: [],
    },
    {},
  );

describe('the npm package', () => {
  it('is plain modules: an entry and its chunks, which run wherever they are put', async () => {
    const dist = dirname(await binary());
    expect(readdirSync(dist).toSorted()).toEqual(['chunks', 'index.js', 'package.json']);
    for (const name of readdirSync(join(dist, 'chunks'))) {
      const code = readFileSync(join(dist, 'chunks', name), 'utf8');
      expect(name).toMatch(/\.mjs$/);
      expect(code, name).not.toMatch(/\bcompileFunction\b|\bnode:vm\b/);
    }
    const copy = join(folder(), 'copy');
    cpSync(dist, copy, { recursive: true });
    expect(await handshake(join(copy, 'index.js'), copy)).toEqual({ ok: true, tools: TOOLS.length });
  });

  it.each(['18.20.4', '20.18.0'])('says so when Node is too old: %s', async (version) => {
    const preload = join(folder(), 'old.cjs');
    const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });
Object.defineProperty(process, 'version', { value: 'v${version}' });`;
    writeFileSync(preload, old);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-r', preload, await binary()], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(naming('20.18.1', `v${version}`));
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it.runIf(ON_CI)('runs from an empty folder, with nothing installed', { timeout: NPM_MS }, async () => {
    const out = folder();
    const stage = await staged();
    execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', out], { cwd: stage });
    const [tarball = ''] = readdirSync(out);
    execFileSync('tar', ['xzf', tarball], { cwd: out });
    const script = join(out, 'package', 'dist', 'index.js');
    expect(readdirSync(join(out, 'package'))).not.toContain('node_modules');
    const { version } = readPackage();
    expect(String(execFileSync(process.execPath, [script, '--version'], { cwd: out }))).toBe(`${version}\n`);
    expect(await handshake(script, out)).toEqual({ ok: true, tools: TOOLS.length });
  });
});

describe('server.json', () => {
  it('is what package.json and the settings say', async () => {
    const files = await manifestFiles();
    expect(readFileSync('server.json', 'utf8'), 'run npm run manifests').toBe(files['server.json']);
    expect(readFileSync('manifest.json', 'utf8'), 'run npm run manifests').toBe(files['manifest.json']);
  });

  it('is valid by the schema of the MCP registry, which would catch what is not', () => {
    const ajv = new Ajv({ strict: false });
    formats.default(ajv);
    const check = ajv.compile(registrySchema);
    const server = JSON.parse(readFileSync('server.json', 'utf8'));
    expect(check(server), JSON.stringify(check.errors)).toBe(true);
    expect(server.$schema).toBe(registrySchema.$id);
    expect(check({ ...server, description: 'x'.repeat(101) })).toBe(false);
    expect(check({ ...server, packages: [{ ...server.packages[0], version: 'latest' }] })).toBe(false);
    expect(check({ ...server, name: 'gpu-cloud-mcp' })).toBe(false);
  });
});

describe('the .mcpb bundle', () => {
  it.runIf(ON_CI)(
    'is packed by the official tool and serves from where it is unpacked',
    { timeout: NPM_MS },
    async () => {
      const stage = await staged();
      const out = folder();
      cpSync('manifest.json', join(stage, 'manifest.json'));
      writeFileSync(join(stage, 'package.json'), '{"type":"module"}');
      const tool = join('node_modules', '@anthropic-ai', 'mcpb', 'dist', 'cli', 'cli.js');
      const mcpb = join(out, 'x.mcpb');
      const said = String(execFileSync(process.execPath, [tool, 'pack', stage, mcpb]));
      expect(said).toMatch(/Manifest schema validation passes/);
      const home = join(out, 'unpacked');
      expect(await unpackExtension({ mcpbPath: mcpb, outputDir: home, silent: true })).toBe(true);
      const manifest = JSON.parse(readFileSync(join(home, 'manifest.json'), 'utf8'));
      const config = await getMcpConfigForManifest({
        manifest,
        extensionPath: home,
        systemDirs: {},
        userConfig: { sandbox: true },
        pathSeparator: '/',
      });
      expect(config?.env).toMatchObject({
        VOLT_API_KEY: '',
        GPU_MCP_SANDBOX: 'true',
        GPU_MCP_MAX_PODS: '20',
      });
      const values = { ...config?.env, XDG_STATE_HOME: join(out, 'state') };
      const args = config?.args ?? [];
      const server = { kind: 'stdio' as const, command: process.execPath, args, values, references: [] };
      expect(await verify(server, {})).toEqual({ ok: true, tools: TOOLS.length });
    },
  );
});

describe('install', () => {
  it('as a process writes, verifies by a real handshake and says so', async () => {
    const { code, stdout } = await runProgram(['install', 'cursor', '--sandbox']);
    expect(stdout).toMatch(/\/\.cursor\/mcp\.json$/m);
    expect(stdout).toMatch(new RegExp(`✓ .*\\bPATH\\b.*\\b${TOOLS.length}\\b`));
    expect(code).toBe(0);
  });

  it('says why when the server does not start', async () => {
    const { code, stdout } = await runHere(['install', 'codex', '--keys', 'env'], {}, await binary());
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ .*VOLT_API_KEY.*--sandbox/s);
  });
});

describe('the links of the README', () => {
  it('hold entries that the clients understand, and no key', () => {
    const cursor = new URL(cursorLink('keys')).searchParams;
    expect(JSON.parse(Buffer.from(cursor.get('config') ?? '', 'base64').toString())).toEqual({
      command: 'npx',
      args: ['-y', 'gpu-cloud-mcp'],
      env: {
        VOLT_API_KEY: ['$', '{env:VOLT_API_KEY}'].join(''),
        NEBULA_API_KEY: ['$', '{env:NEBULA_API_KEY}'].join(''),
      },
    });
    const inner = new URL(vscodeLink('sandbox')).searchParams.get('url') ?? '';
    expect(inner).toMatch(/^vscode:mcp\/install\?/);
    expect(JSON.parse(decodeURIComponent(inner.slice(inner.indexOf('?') + 1)))).toEqual({
      name: 'gpu-cloud',
      command: 'npx',
      args: ['-y', 'gpu-cloud-mcp', 'serve', '--sandbox'],
    });
    expect(installLinks().match(/https:\/\//g)).toHaveLength(4);
  });
});
