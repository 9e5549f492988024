import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RunningSandbox, serveSandbox } from '../../src/sandbox/serve.ts';
import { HARNESS_START } from '../harness.ts';
import { stateDirectory } from '../store/directory.ts';
import { runHere } from './here.ts';

let sandbox: RunningSandbox;
let stateDir: string;
beforeEach(async () => {
  sandbox = await serveSandbox({ speed: 0, start: HARNESS_START });
  sandbox.world.addPod('volt', { name: 'kept', state: 'running' });
  stateDir = await stateDirectory();
  await mkdir(join(stateDir, 'keys'), { recursive: true, mode: 0o700 });
  await writeFile(join(stateDir, 'keys', 'volt'), `${sandbox.volt.apiKey}\n`, { mode: 0o600 });
});
afterEach(() => sandbox.close());

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  runHere(args, { VOLT_BASE_URL: sandbox.volt.baseUrl, GPU_MCP_STATE_DIR: stateDir, ...env });

it.each([[['call', 'list_pods']], [['watch', '--once']], [['ssh', 'kept', '--print']]])(
  '%j finds the key that install stored, and says on stderr from where, but not the key',
  async (args) => {
    const { stdout, stderr } = await run(args);
    expect(stderr).toContain(join(stateDir, 'keys', 'volt'));
    expect(stdout + stderr).not.toContain(sandbox.volt.apiKey);
    expect(sandbox.world.requests.some(({ path }) => path.endsWith('/pods'))).toBe(true);
  },
);

it('tools shows the tools of the stored key, and asks no cloud', async () => {
  const { code, stdout, stderr } = await run(['tools']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^list_machines\b/m);
  expect(stderr).toContain(join(stateDir, 'keys', 'volt'));
  expect(sandbox.world.requests).toHaveLength(0);
});

it('a key of the environment wins over the stored one, and nothing is said of that', async () => {
  const { stdout, stderr } = await run(['call', 'list_pods'], { VOLT_API_KEY: 'volt_wrong_1234567890' });
  expect(stdout).toMatch(/^unauthorized/);
  expect(stderr).toBe('');
});

it('the simulator needs none', async () => {
  const { code, stderr } = await run(['call', 'list_pods', '--sandbox']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
