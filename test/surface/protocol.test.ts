import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/core/errors.ts';
import { DATA_RULE } from '../../src/engine/instructions.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { listMachines } from '../../src/tools/machines.ts';
import { fieldsIn, toolsIn } from '../facts.ts';
import { agrees, type Called, NEBULA_POD, startHarness, VOLT_POD } from '../harness.ts';

/** The error of a refusal, after checking that it is whole and said in words too. */
function errorOf({ isError, structured, text, content }: Called) {
  expect(isError).toBe(true);
  const { error } = structured;
  if (error === undefined) throw new Error(`no structured error beside: ${text}`);
  expect(Object.keys(error)).toEqual(
    expect.arrayContaining(['code', 'message', 'hint', 'retryable', 'retry_after_seconds', 'cloud']),
  );
  expect(ERROR_CODES).toContain(error.code);
  expect(error.message.length).toBeGreaterThan(10);
  expect(typeof error.retryable).toBe('boolean');
  expect(content).toHaveLength(1);
  expect(text).toContain(`${error.code}: ${error.message}`);
  if (error.hint !== null) expect(text).toContain(error.hint);
  return error;
}

describe('the beginning of a connection', () => {
  it('sends name, title, version and what every agent must know', async () => {
    const { client } = await startHarness();
    expect(client.getServerVersion()).toMatchObject({
      name: 'gpu-cloud-mcp',
      title: 'GPU clouds',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
    expect(client.getServerCapabilities()).toMatchObject({ tools: {}, resources: {}, prompts: {} });
    const words = client.getInstructions() ?? '';
    expect(words).toMatch(/refs/);
    expect(words).toMatch(/confirmation_required/);
    expect(words).toMatch(/outcome_unknown/);
    expect(words).toContain(DATA_RULE);
  });

  it('names no cloud that is not configured, and sends nothing', async () => {
    const { client, world } = await startHarness({ clouds: ['volt'] });
    const texts = [
      client.getInstructions(),
      client.getServerVersion(),
      await client.listTools(),
      await client.listPrompts(),
      await client.listResourceTemplates(),
    ];
    expect(JSON.stringify(texts)).not.toMatch(/nebula/i);
    expect([...world.requests]).toEqual([]);
  });

  it('lists the very tools that the catalogue has, each time the same', async () => {
    const { client } = await startHarness();
    const first = await client.listTools();
    expect(first.tools.map(({ name }) => name)).toEqual(TOOLS.map(({ name }) => name));
    expect(await client.listTools()).toEqual(first);
    expect(first.nextCursor).toBeUndefined();
  });
});

describe('a call that cannot be', () => {
  it('of an unknown tool: not_found, with the list of tools', async () => {
    const { call, world } = await startHarness();
    const error = errorOf(await call('list_gpus'));
    expect(error.code).toBe('not_found');
    for (const { name } of TOOLS) expect(error.hint).toContain(name);
    expect([...world.requests]).toEqual([]);
  });

  it.each([
    ['list_pod', 'list_pods'],
    ['pod_list', 'list_pods'],
    ['Get-Pods', 'get_pod'],
  ])('of a tool named %s: asks whether %s is meant', async (name, meant) => {
    const { call } = await startHarness();
    expect(toolsIn(errorOf(await call(name)).hint)[0]).toBe(meant);
  });

  it.each(['__proto__', 'constructor', 'toString', ''])('of a tool named "%s": not_found', async (name) => {
    const { call } = await startHarness();
    expect(errorOf(await call(name)).code).toBe('not_found');
  });

  it('of a tool that only an unconfigured cloud has: not_configured', async () => {
    const { call } = await startHarness({ clouds: ['volt'] });
    const error = errorOf(await call('restart_pod', { pod: 'nebula:pod:1' }));
    expect(error.code).toBe('not_configured');
    expect(error.hint).not.toBeNull();
  });

  it('of a tool that writes, on a read-only server: read_only', async () => {
    const { call, world } = await startHarness({ config: { GPU_MCP_READ_ONLY: 'true' } });
    expect(errorOf(await call('create_pod', VOLT_POD)).code).toBe('read_only');
    expect([...world.requests]).toEqual([]);
  });

  it('of a tool whose toolset is off: not_configured, and it says why', async () => {
    const { call } = await startHarness({ config: { GPU_MCP_TOOLSETS: 'machines' } });
    const error = errorOf(await call('list_pods'));
    expect(error.code).toBe('not_configured');
    expect(error.hint).toContain('--toolsets');
  });

  it.each(TOOLS.map(({ name }) => name))('of %s with an argument it does not have', async (name) => {
    const { call, world } = await startHarness({ elicit: agrees });
    const error = errorOf(await call(name, { nonsense_argument: true }));
    expect(error.code).toBe('invalid_input');
    expect(fieldsIn(error.message)[0]).toBe('nonsense_argument');
    expect(toolsIn(error.message)[0]).toBe(name);
    expect([...world.requests]).toEqual([]);
  });

  it('with faults everywhere: each is named at once', async () => {
    const { call, world } = await startHarness();
    const error = errorOf(
      await call('list_machines', { gpu: 7, limit: 0, sort: 'colour', colour: 'red', min_gpus: 1.5 }),
    );
    expect(error.code).toBe('invalid_input');
    expect(fieldsIn(error.message).toSorted()).toEqual(['colour', 'gpu', 'limit', 'min_gpus', 'sort']);
    for (const field of Object.keys(listMachines.input.shape)) expect(error.hint).toContain(field);
    expect([...world.requests]).toEqual([]);
  });

  it('with a field of an unconfigured cloud: it is no argument here', async () => {
    const { call } = await startHarness({ clouds: ['nebula'] });
    const error = errorOf(await call('create_pod', { ...NEBULA_POD, volume_gb: 10 }));
    expect(fieldsIn(error.message)).toEqual(['volume_gb']);
    expect(error.hint).not.toMatch(/volume_gb|template/);
  });

  it('with a cloud that is not configured', async () => {
    const { call, world } = await startHarness({ clouds: ['nebula'] });
    expect(errorOf(await call('list_pods', { cloud: 'volt' })).code).toBe('not_configured');
    expect(errorOf(await call('get_pod', { pod: 'volt:pod:pod_1' })).code).toBe('not_configured');
    expect([...world.requests]).toEqual([]);
  });

  it('with a token when no token belongs', async () => {
    const { call } = await startHarness();
    const onRead = errorOf(await call('list_pods', { confirmation_token: 'x' }));
    expect(fieldsIn(onRead.message)).toEqual(['confirmation_token']);
    const number = errorOf(await call('create_pod', { ...VOLT_POD, confirmation_token: 7 }));
    expect(fieldsIn(number.message)).toEqual(['confirmation_token']);
  });
});

describe('a result', () => {
  it('carries no sandbox mark when the clouds are configured ones', async () => {
    const { call } = await startHarness();
    const { structured, text } = await call('list_pods');
    expect(structured.sandbox).toBeUndefined();
    expect(text).not.toMatch(/sandbox/);
  });

  it('of a cloud that refuses the key: unauthorized, with the variable to set', async () => {
    const { call } = await startHarness({ clouds: ['volt'], config: { VOLT_API_KEY: 'volt_wrong' } });
    const error = errorOf(await call('list_pods'));
    expect(error).toMatchObject({ code: 'unauthorized', cloud: 'volt', retryable: false });
    expect(error.hint).toMatch(/VOLT_API_KEY/);
    expect(JSON.stringify(error)).not.toContain('volt_wrong');
  });

  it('of a thing that is not there: not_found with the tool that lists', async () => {
    const { call } = await startHarness();
    const error = errorOf(await call('get_pod', { pod: 'volt:pod:pod_gone' }));
    expect(error).toMatchObject({ code: 'not_found', cloud: 'volt', retryable: false });
    expect(toolsIn(error.hint)).toEqual(['list_pods']);
  });

  it('of a rate limit: rate_limited with the seconds', async () => {
    const { call, world } = await startHarness({ clouds: ['volt'] });
    world.faults.add({ cloud: 'volt', kind: 'rate_limit', retry_after: '3400', times: 9 });
    const error = errorOf(await call('list_pods'));
    expect(error).toMatchObject({ code: 'rate_limited', retryable: true, retry_after_seconds: 3400 });
  });
});
