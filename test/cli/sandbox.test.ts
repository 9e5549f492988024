import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { binary } from '../binary.ts';
import { startProgram } from '../child.ts';
import { VOLT_POD } from '../harness.ts';
import { stateDirectory } from '../store/directory.ts';
import { runHere } from './here.ts';

/** Starts `sandbox` on a free port and reads what it prints. */
async function startSandbox() {
  const child = await startProgram(['sandbox', '--port', '0', '--speed', '0']);
  const printed = new Promise<void>((resolve) => {
    child.process.stdout.on('data', () => {
      if (child.stdout().includes('Ctrl-C')) resolve();
    });
  });
  const early = child.ended.then(({ code, stderr }) => {
    throw new Error(`ended with ${code}: ${stderr}`);
  });
  await Promise.race([printed, early]);
  const setting = (name: string) => new RegExp(`\\b${name}=(\\S+)`).exec(child.stdout())?.[1] ?? '';
  return { child, setting };
}

describe('sandbox', () => {
  it('serves both clouds on loopback at the addresses that it prints, under its keys, until it is stopped', async () => {
    const { child, setting } = await startSandbox();
    const volt = await fetch(`${setting('VOLT_BASE_URL')}/machines`, {
      headers: { 'x-api-key': setting('VOLT_API_KEY') },
    });
    expect(volt.status).toBe(200);
    const nebula = await fetch(`${setting('NEBULA_BASE_URL')}/computing/products`, {
      headers: { authorization: `Bearer ${setting('NEBULA_API_KEY')}` },
    });
    expect(nebula.status).toBe(200);
    const embeddings = await fetch(`${setting('NEBULA_INFERENCE_URL')}/embeddings`, { method: 'POST' });
    expect(embeddings.status).toBe(401);
    for (const name of ['VOLT_BASE_URL', 'NEBULA_BASE_URL', 'NEBULA_INFERENCE_URL']) {
      expect(new URL(setting(name)).hostname).toBe('127.0.0.1');
    }
    const called = await runHere(['call', 'list_machines', '{"limit": 1}'], {
      VOLT_API_KEY: setting('VOLT_API_KEY'),
      VOLT_BASE_URL: setting('VOLT_BASE_URL'),
    });
    expect(called).toMatchObject({ code: 0, stdout: expect.stringMatching(/volt:machine:/) });

    const { port } = new URL(setting('VOLT_BASE_URL'));
    const taken = await runHere(['sandbox', '--port', port]);
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringMatching(/EADDRINUSE/) });

    child.process.kill('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 0, signal: null });
  });

  it('ends when its reader is gone after the first line', async () => {
    const shell = spawn(
      'sh',
      [
        '-c',
        '{ "$0" "$1" sandbox --port 0; echo "ended $?" >&2; } | head -1',
        process.execPath,
        await binary(),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env.PATH ?? '' } },
    );
    let stderr = '';
    for await (const piece of shell.stderr) stderr += String(piece);
    expect(stderr).toBe('ended 0\n');
  });
});

describe('the simulator', () => {
  it.each([
    ['call', '--sandbox', 'list_pods'],
    ['call', '--sandbox', 'create_pod', '{"machine": "volt:machine:none"}'],
    ['watch', '--sandbox', '--once'],
    ['tools', '--sandbox'],
    ['ssh', '--sandbox', 'train-1'],
    ['completion-words', '--', 'ssh', '--sandbox'],
    ['doctor', '--sandbox'],
  ])('writes no file outside the folder of temporary files: %s %s %s', async (...args) => {
    const home = await stateDirectory();
    await mkdir(join(home, 'tmp'), { recursive: true });
    const env = {
      HOME: home,
      TMPDIR: join(home, 'tmp'),
      GPU_MCP_STATE_DIR: '',
      XDG_STATE_HOME: join(home, 'x'),
    };
    await runHere(args, env);
    expect(readdirSync(home)).toEqual(['tmp']);
  });

  it('writes the audit log there, and elsewhere only if --state-dir says so', async () => {
    const home = await stateDirectory();
    const tmp = join(home, 'tmp');
    await mkdir(tmp, { recursive: true });
    const env = { HOME: home, TMPDIR: tmp, GPU_MCP_STATE_DIR: '', XDG_STATE_HOME: join(home, 'x') };
    const args = ['call', '--sandbox', 'create_pod', JSON.stringify(VOLT_POD)];
    await runHere(args, env);
    const [folder = ''] = readdirSync(tmp);
    expect(statSync(join(tmp, folder)).mode & 0o777).toBe(0o700);
    expect(readdirSync(home)).toEqual(['tmp']);
    const shown = await runHere(['audit', '--only', 'sandbox', '--tool', 'create_pod', '--json'], env);
    expect(JSON.parse(shown.stdout)).toMatchObject({ tool: 'create_pod', sandbox: true });
    await runHere([...args, '--state-dir', join(home, 'named')], env);
    expect(readdirSync(join(home, 'named'))).toEqual(['audit.jsonl']);
    expect((await runHere(['audit', '--json'], env)).stdout.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    ['a link', (path: string, elsewhere: string) => symlinkSync(elsewhere, path)],
    [
      'open to others',
      (path: string) => {
        mkdirSync(path);
        chmodSync(path, 0o777);
      },
    ],
    ['a file', (path: string) => writeFileSync(path, '')],
  ])('uses another folder if its own is %s', async (_what, plant) => {
    const home = await stateDirectory();
    const [tmp, elsewhere] = [join(home, 'tmp'), join(home, 'elsewhere')];
    for (const folder of [tmp, elsewhere]) mkdirSync(folder, { recursive: true });
    const env = { HOME: home, TMPDIR: tmp, GPU_MCP_STATE_DIR: '', XDG_STATE_HOME: join(home, 'x') };
    const planted = join(tmp, `gpu-cloud-mcp-sandbox-${process.getuid?.() ?? 'user'}`);
    plant(planted, elsewhere);
    await runHere(['call', '--sandbox', 'create_pod', JSON.stringify(VOLT_POD)], env);
    expect(readdirSync(elsewhere)).toEqual([]);
    const own = readdirSync(tmp).filter((name) => !planted.endsWith(name));
    expect(own).toHaveLength(1);
    expect(readdirSync(join(tmp, own[0] ?? ''))).toEqual(['audit.jsonl']);
    expect((await runHere(['audit'], env)).stdout).not.toContain('create_pod');
  });
});
