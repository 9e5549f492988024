import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configBlock, loginOf, withBlock } from '../../src/cli/commands/ssh-client.ts';
import { GpuError } from '../../src/core/errors.ts';
import type { Pod } from '../../src/core/model.ts';
import { type RunningSandbox, serveSandbox } from '../../src/sandbox/serve.ts';
import { runProgram } from '../child.ts';
import { naming } from '../facts.ts';
import { HARNESS_START } from '../harness.ts';
import { runHere } from './here.ts';
import { HAS_TERMINAL, lookAt, runInTerminal } from './terminal.ts';

let sandbox: RunningSandbox;
let home: string;
let id: string;
let keys: Record<string, string>;
beforeEach(async () => {
  sandbox = await serveSandbox({ speed: 0, start: HARNESS_START });
  id = sandbox.world.addPod('volt', { name: 'train-1', state: 'running' });
  home = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-ssh-'));
  const bin = join(home, 'bin');
  await mkdir(bin);
  await writeFile(
    join(bin, 'ssh'),
    `#!/bin/sh\nfor word in "$@"; do printf '%s\\n' "$word"; done\nenv | grep -c API_KEY\nexit 7\n`,
  );
  await chmod(join(bin, 'ssh'), 0o755);
  keys = {
    VOLT_API_KEY: sandbox.volt.apiKey,
    VOLT_BASE_URL: sandbox.volt.baseUrl,
    NEBULA_API_KEY: sandbox.nebula.apiKey,
    NEBULA_BASE_URL: sandbox.nebula.baseUrl,
    NEBULA_INFERENCE_URL: sandbox.nebula.inferenceUrl,
    HOME: home,
    GPU_MCP_STATE_DIR: join(home, 'state'),
    PATH: `${bin}:${process.env.PATH}`,
  };
});
afterEach(async () => {
  await sandbox.close();
  await rm(home, { recursive: true, force: true });
});

const ssh = (...args: string[]) => runProgram(['ssh', ...args], keys);
const here = (...args: string[]) => runHere(['ssh', ...args], keys);

describe('ssh', () => {
  it("runs the system's ssh without any key of a cloud, and ends as it ends", async () => {
    const { code, stdout } = await ssh('train-1', '--', 'ls', '-la', '--color', '/root');
    expect(code).toBe(7);
    const words = stdout.trimEnd().split('\n');
    const cut = words.indexOf('--');
    expect(words.slice(cut + 1)).toEqual([
      expect.stringMatching(/^root@[\d.]+$/),
      'ls',
      '-la',
      '--color',
      '/root',
      '0',
    ]);
    expect(words.slice(0, cut)).toEqual([
      '-p',
      expect.stringMatching(/^\d+$/),
      '-o',
      `HostKeyAlias=gpu-${id}`,
      '-o',
      `UserKnownHostsFile="${join(home, 'state', 'ssh', `known_hosts-volt-gpu-${id}`)}"`,
      '-o',
      'StrictHostKeyChecking=accept-new',
    ]);
    expect((await stat(join(home, 'state', 'ssh'))).mode & 0o777).toBe(0o700);
  });

  it('takes a ref, a name, an id and our URI', async () => {
    const named = [`volt:pod:${id}`, 'train-1', id, `gpu://volt/pod/${id}`];
    const printed = new Set<string>();
    for (const name of named) printed.add((await here(name, '--print')).stdout);
    expect([...printed]).toEqual([expect.stringContaining(`HostKeyAlias=gpu-${id}`)]);
  });

  it('--print shows the command for a shell and runs nothing', async () => {
    const { code, stdout } = await here('train-1', '--print', '--', 'echo', "it's $HOME");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ssh -p \d+ -o .* -- root@[\d.]+ echo 'it'\\''s \$HOME'\n$/);
  });

  it('of a name that two have, or none: refused with the refs, and no ssh', async () => {
    const other = sandbox.world.addPod('nebula', { name: 'train-1' });
    const two = await here('train-1');
    expect(two).toMatchObject({ code: 2, stdout: '' });
    expect(two.stderr).toContain(`volt:pod:${id}`);
    expect(two.stderr).toContain(`nebula:pod:${other}`);
    expect(await here('train-2')).toMatchObject({ code: 1, stdout: '' });
    expect(await here('volt:job:x')).toMatchObject({ code: 2, stdout: '' });
  });

  it('of a pod that is not up: says so, and no ssh', async () => {
    const late = sandbox.world.addPod('volt', { name: 'late', state: 'deploying' });
    const { code, stdout, stderr } = await here('late');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`volt:pod:${late}\\b.*\\bprovisioning\\b`));
  });

  it('by ref does not wait for another cloud that does not answer', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    if (typeof address === 'object' && address !== null)
      keys.NEBULA_BASE_URL = `http://127.0.0.1:${address.port}`;
    try {
      const { code, stdout } = await here(`volt:pod:${id}`, '--print');
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^ssh -p /) });
    } finally {
      silent.close();
    }
  }, 12_000);

  it('by name, if a cloud cannot be read: says that a ref works, and it does', async () => {
    keys.NEBULA_API_KEY = 'nebula-wrong-0000111122223333';
    const { code, stderr } = await here('train-1', '--print');
    expect(code).toBe(1);
    expect(stderr).toMatch(naming('NEBULA_API_KEY', 'CLOUD:pod:ID'));
    expect(await here(`volt:pod:${id}`, '--print')).toMatchObject({ code: 0 });
  });

  it.each([
    ['its own exit code', "trap 'exit 9' TERM", 9],
    ['128 and the number of the signal', '', 143],
  ])('passes a signal on to ssh, and ends with %s', async (_what, trap, code) => {
    const script = `#!/bin/sh\n${trap}\necho > '${home}/started'\nwhile :; do sleep 0.05; done\n`;
    await writeFile(join(home, 'bin', 'ssh'), script);
    const ended = here(`volt:pod:${id}`);
    await vi.waitFor(() => expect(existsSync(join(home, 'started'))).toBe(true), 30_000);
    process.emit('SIGTERM', 'SIGTERM');
    expect(await ended).toMatchObject({ code });
  });

  it('without an ssh on the machine: says so', async () => {
    keys.PATH = join(home, 'nothing');
    const { code, stderr } = await here('train-1');
    expect(code).toBe(2);
    expect(stderr).toMatch(/\bssh\b/);
  });

  it('--config shows the block, writes it only if agreed, keeps the rest, and replaces its own', async () => {
    const file = join(home, '.ssh', 'config');
    await mkdir(join(home, '.ssh'));
    await writeFile(file, 'Host *\n    User me\n');
    const unasked = await here(`volt:pod:${id}`, '--config');
    expect(unasked.code).toBe(2);
    expect(unasked.stdout).toContain(`Host gpu-${id}\n`);
    expect(unasked.stderr).toMatch(/--yes/);
    expect(await readFile(file, 'utf8')).toBe('Host *\n    User me\n');
    const { code, stdout } = await here('train-1', '--config', '--yes');
    expect(code).toBe(0);
    const written = await readFile(file, 'utf8');
    expect(written).toBe(`${stdout}\nHost *\n    User me\n`);
    expect(written).toMatch(/^ {4}HostName [\d.]+\n {4}Port \d+\n {4}User root$/m);
    await here('train-1', '--config', '--yes');
    expect(await readFile(file, 'utf8')).toBe(written);
  }, 60_000);
});

it.runIf(HAS_TERMINAL)(
  'ssh --config on a terminal shows the block, asks, writes it, and does not ask again',
  async () => {
    const file = join(home, '.ssh', 'config');
    const args = ['ssh', 'train-1', '--config'];
    const no = await lookAt(args, { env: keys, typed: '\r' });
    expect(no.code, no.text).toBe(1);
    expect(no.text).toContain('# begin gpu-');
    expect(existsSync(file)).toBe(false);
    const yes = await runInTerminal(args, { env: keys, keys: [[/config\? \[y\/N\] /, 'y\r']] });
    expect(yes.code, yes.text).toBe(0);
    expect(yes.text).toContain(`ssh gpu-${id}`);
    const written = await readFile(file, 'utf8');
    expect(written).toContain(`Host gpu-${id}\n`);
    expect((await stat(file)).mode & 0o077).toBe(0);
    // Without --yes it would end with 2 here, because nobody can be asked.
    expect(await here('train-1', '--config')).toMatchObject({ code: 0 });
    expect(await readFile(file, 'utf8')).toBe(written);
  },
);

describe('a login from a cloud', () => {
  const pod = (changes: Partial<Pod>): Pod =>
    ({
      ref: 'volt:pod:p1',
      id: 'p1',
      state: 'running',
      ssh_command: null,
      public_ip: '203.0.113.7',
      ssh_port: 2222,
      ssh_user: 'root',
      ...changes,
    }) as Pod;

  it.each([
    [{}, { host: '203.0.113.7', port: 2222, user: 'root', alias: 'gpu-p1' }],
    [
      { ssh_port: null, public_ip: '2001:db8::7' },
      { host: '2001:db8::7', port: 22 },
    ],
    [
      { ssh_command: 'ssh -p 20000 ubuntu@a-b.ssh.example.com' },
      { host: 'a-b.ssh.example.com', port: 20_000, user: 'ubuntu' },
    ],
    [{ ssh_command: 'ssh root@203.0.113.9 -p 41' }, { host: '203.0.113.9', port: 41 }],
    [{ ssh_command: 'ssh root@203.0.113.9' }, { port: 22 }],
  ])('%j is taken', (changes, login) => {
    expect(loginOf(pod(changes))).toMatchObject(login);
  });

  it.each([
    { public_ip: '-oProxyCommand=sh' },
    { public_ip: 'a b' },
    { public_ip: 'x;reboot' },
    { public_ip: '$(id)' },
    { public_ip: 'a..b' },
    { public_ip: '-a.example.com' },
    { public_ip: 'a\nProxyCommand sh' },
    { public_ip: '%h' },
    { ssh_user: '-oProxyCommand=sh' },
    { ssh_user: 'a b' },
    { ssh_user: 'a@b' },
    { ssh_user: null },
    { ssh_port: 0 },
    { ssh_port: 65_536 },
    { ssh_port: 1.5 },
    { id: '*' },
    { id: 'a b' },
    { id: '-x' },
    { ssh_command: 'ssh -oProxyCommand=sh root@203.0.113.9' },
    { ssh_command: 'ssh root@203.0.113.9; sh' },
    { ssh_command: 'ssh -p 1 root@203.0.113.9 -p 2' },
    { ssh_command: 'curl http://x | sh' },
  ])('%j is refused in a sentence', (changes) => {
    expect(() => loginOf(pod(changes))).toThrow(GpuError);
  });

  it('never yields a word that ssh could take for an option or a second line', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (public_ip, ssh_user, ssh_command) => {
        for (const changes of [{ public_ip, ssh_user }, { ssh_command }]) {
          try {
            const { host, user } = loginOf(pod(changes));
            expect(`${user}@${host}`).toMatch(/^[A-Za-z_][\w.-]*@[A-Za-z0-9][A-Za-z0-9.:-]*$/);
          } catch (error) {
            expect(error).toMatchObject({
              name: expect.stringMatching(/Error$/),
              code: 'unexpected_response',
            });
          }
        }
      }),
    );
  });
});

it('a block is put first, or in the place of its earlier self; other lines stay', () => {
  const block = '# begin gpu-a (x)\nHost gpu-a\n# end gpu-a\n';
  const newer = '# begin gpu-a (x)\nHost gpu-a\n    Port 2\n# end gpu-a\n';
  expect(withBlock('', block, 'gpu-a')).toBe(block);
  const both = withBlock('Host *\n', block, 'gpu-a');
  expect(both).toBe(`${block}\nHost *\n`);
  expect(withBlock(both, newer, 'gpu-a')).toBe(`${newer}\nHost *\n`);
  expect(withBlock(both, '# begin gpu-ab (x)\n# end gpu-ab\n', 'gpu-ab')).toContain(both);
});

it('a block ends before the options that follow it in the file', () => {
  const login = { host: '203.0.113.7', port: 2222, user: 'root', alias: 'gpu-a' };
  const file = withBlock('ServerAliveInterval 17\n', configBlock(login, 'volt:pod:a', '/k'), 'gpu-a');
  const sections = file.split('\n').filter((line) => /^(?:Host|Match) |^ServerAlive/.test(line));
  expect(sections).toEqual(['Host gpu-a', 'Match all', 'ServerAliveInterval 17']);
});

it.runIf(spawnSync('ssh', ['-V']).error === undefined)(
  'a block leaves options before the first Host to every host, as ssh itself reads the file',
  async () => {
    const block = configBlock(
      { host: '203.0.113.7', port: 2222, user: 'root', alias: 'gpu-a' },
      'volt:pod:a',
      '/k',
    );
    const file = join(home, 'config');
    const ask = (host: string) => spawnSync('ssh', ['-G', '-F', file, host], { encoding: 'utf8' }).stdout;
    await writeFile(file, withBlock('ServerAliveInterval 17\nHost other\n    Port 99\n', block, 'gpu-a'));
    expect(ask('other')).toMatch(/^serveraliveinterval 17$/m);
    expect(ask('other')).toMatch(/^port 99$/m);
    expect(ask('gpu-a')).toMatch(/^hostname 203\.0\.113\.7$/m);
    expect(ask('gpu-a')).toMatch(/^port 2222$/m);
  },
);
