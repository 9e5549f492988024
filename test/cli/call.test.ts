import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AT_SHELL } from '../../src/cli/commands/call.ts';
import { type RunningSandbox, serveSandbox } from '../../src/sandbox/serve.ts';
import { runProgram } from '../child.ts';
import { HARNESS_START, VOLT_POD } from '../harness.ts';
import { stateDirectory } from '../store/directory.ts';
import { runHere } from './here.ts';

let sandbox: RunningSandbox;
let state: string;
beforeEach(async () => {
  state = await stateDirectory();
  sandbox = await serveSandbox({ speed: 0, start: HARNESS_START });
});
afterEach(() => sandbox.close());

const call = (...args: string[]) =>
  runHere(['call', ...args], { VOLT_API_KEY: sandbox.volt.apiKey, VOLT_BASE_URL: sandbox.volt.baseUrl });

describe('call', () => {
  it('reads: the words on stdout, exit code 0', async () => {
    const { code, stdout, stderr } = await call('list_machines', '{"gpu": "H100", "limit": 2}');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/volt:machine:mach_h100_03/);
    expect(stdout).not.toMatch(/^\s*[{[]/);
  });

  it('--json: the structured result on stdout', async () => {
    const { code, stdout } = await call('list_machines', '--json', '{"limit": 2}');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      machines: [{ ref: expect.stringMatching(/^volt:machine:/) }, { is_available: true }],
      total: 13,
    });
  });

  it('takes no arguments as an empty object', async () => {
    expect(await call('list_pods')).toMatchObject({ code: 0, stdout: 'No pods.\n' });
  });

  it('marks the sandbox when it is one', async () => {
    const { code, stdout } = await runHere(['call', 'list_pods', '--sandbox']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\[sandbox: /);
  });

  it('of a gated tool without a terminal: refused with exit code 1, the plan shown, nothing sent, no token', async () => {
    const { code, stdout } = await call('create_pod', JSON.stringify(VOLT_POD));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^confirmation_required: /);
    expect(stdout).toMatch(/0\.39/);
    expect(stdout).not.toMatch(/confirmation_token=/);
    expect(stdout.split('\n')).toContain(AT_SHELL);
    expect(stdout).not.toContain('--confirm');
    expect(sandbox.world.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('--confirm token: the next call with the token carries the plan out, once', async () => {
    const order = ['create_pod', JSON.stringify(VOLT_POD), '--confirm', 'token', '--state-dir', state];
    const plan = await call(...order);
    const token = /confirmation_token="([^"]+)"/.exec(plan.stdout)?.[1] ?? '';
    const withToken = JSON.stringify({ ...VOLT_POD, confirmation_token: token });
    const [tool, , ...rest] = order;
    const done = await call(tool ?? '', withToken, ...rest);
    expect(done.code, done.stdout).toBe(0);
    await call(tool ?? '', withToken, ...rest);
    expect(sandbox.world.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('that fails: exit code 1 and what to do next', async () => {
    const { code, stdout } = await call('get_pod', '{"pod": "volt:pod:pod_gone"}');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^not_found: .*\nNext: /);
  });

  it('of an unknown tool: exit code 1 and the tools there are', async () => {
    const { code, stdout } = await call('list_gpus');
    expect(code).toBe(1);
    expect(stdout).toMatch(/list_machines/);
  });

  it('without a key: exit code 2 and the variables to set', async () => {
    const { code, stdout, stderr } = await runProgram(['call', 'list_pods']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/VOLT_API_KEY/);
  });
});
