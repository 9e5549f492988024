import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { podWords } from '../../src/cli/commands/completion.ts';
import { type RunningSandbox, serveSandbox } from '../../src/sandbox/serve.ts';
import { binary } from '../binary.ts';
import { HARNESS_START } from '../harness.ts';
import { stateDirectory } from '../store/directory.ts';
import { runHere } from './here.ts';

let sandbox: RunningSandbox;
let stateDir: string;
let env: Record<string, string>;
beforeEach(async () => {
  sandbox = await serveSandbox({ speed: 0, start: HARNESS_START });
  sandbox.world.addPod('volt', { name: 'train-1', state: 'running' });
  stateDir = await stateDirectory();
  env = {
    VOLT_API_KEY: sandbox.volt.apiKey,
    VOLT_BASE_URL: sandbox.volt.baseUrl,
    GPU_MCP_STATE_DIR: stateDir,
  };
});
afterEach(() => sandbox.close());

const words = async (...typed: string[]) =>
  (await runHere(['completion-words', '--', ...typed], env)).stdout.trimEnd().split('\n');

describe('completion', () => {
  it('offers commands, tools, clients, options and shells', async () => {
    expect(await words()).toEqual(expect.arrayContaining(['serve', 'ssh', 'watch', 'completion']));
    expect(await words()).not.toContain('completion-words');
    expect(await words('call')).toEqual(expect.arrayContaining(['list_machines', 'create_pod', '--json']));
    expect(await words('install')).toEqual(expect.arrayContaining(['cursor', 'opencode', '--dry-run']));
    expect(await words('completion')).toEqual(['bash', 'zsh', 'fish', '--help']);
    expect(await words()).toContain('help');
    expect(await words('call', '--json', 'list_machines')).toContain('gpu=');
    expect(await words('install', '--scope')).toEqual(['user', 'project']);
    expect(await words('install', '--scope', 'user')).toContain('other');
    expect(await words('audit', '--only')).toEqual(['real', 'sandbox']);
    expect(await words('db')).toEqual(expect.arrayContaining(['migrate', 'status']));
    expect(await words('help')).toEqual(expect.arrayContaining(['watch', 'ssh']));
    expect(await words('ssh', 'x', '--')).toEqual(['']);
  });

  it('offers the pods of a private list that is kept for a minute', async () => {
    // The program waits two seconds for the clouds, which a busy machine may not answer in.
    await vi.waitFor(async () => expect(await words('ssh')).toContain('train-1'), 30_000);
    const asked = sandbox.world.requests.length;
    sandbox.world.addPod('volt', { name: 'train-2', state: 'running' });
    expect(await words('watch')).toEqual(expect.arrayContaining(['train-1', '--once']));
    expect(await words('ssh', '--log-level', 'error')).toContain('train-1');
    expect(sandbox.world.requests.length).toBe(asked);
    expect(await words('ssh', '--sandbox')).not.toContain('train-1');
    const others = { ...env, VOLT_API_KEY: 'volt_of_another_account_0000' };
    const said = await runHere(['completion-words', '--', 'ssh'], others);
    expect(said.stdout).not.toContain('train-1');
    const file = join(stateDir, 'completion.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), at: 0 }));
    await vi.waitFor(
      async () => expect(await words('ssh')).toEqual(expect.arrayContaining(['train-1', 'train-2'])),
      30_000,
    );
  });

  it('offers nothing that a shell would evaluate, and ids when names are not unique', () => {
    expect(
      podWords([
        { id: 'a', name: '$(reboot)' },
        { id: 'b', name: 'two words' },
        { id: 'c', name: 'same' },
        { id: 'd', name: 'same' },
        { id: '`e`', name: null },
        { id: 'f', name: 'own' },
      ]),
    ).toEqual(['a', 'b', 'c', 'd', 'own']);
  });

  it('without a key offers what needs none, quietly', async () => {
    const { code, stdout, stderr } = await runHere(['completion-words', '--', 'ssh']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('train-1');
  });

  it.runIf(spawnSync('bash', ['--version']).status === 0)('works in bash', async () => {
    const bin = join(stateDir, 'bin');
    await mkdir(bin, { recursive: true });
    const program = join(bin, 'gpu-cloud-mcp');
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${await binary()}' "$@"\n`);
    await chmod(program, 0o755);
    const { stdout } = await runHere(['completion', 'bash']);
    const script = `${stdout}
      COMP_WORDS=(gpu-cloud-mcp ssh tr); COMP_CWORD=2; _gpu_cloud_mcp; printf '%s\\n' "\${COMPREPLY[@]}"`;
    await vi.waitFor(async () => expect(await words('ssh')).toContain('train-1'), 30_000);
    const file = join(stateDir, 'completion.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), at: Date.now() }));
    const child = spawn('bash', ['--norc', '-c', script], {
      env: { ...env, PATH: `${bin}:${process.env.PATH}`, HOME: stateDir },
    });
    let shown = '';
    for await (const piece of child.stdout) shown += String(piece);
    expect(shown).toBe('train-1\n');
  });

  it.each(['zsh', 'fish'])(
    'has a script for %s that calls the program by its name on the line',
    async (shell) => {
      const { code, stdout } = await runHere(['completion', shell]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/completion-words --/);
      const check = spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' });
      if (check.error === undefined) expect(check.stderr).toBe('');
    },
  );
});
