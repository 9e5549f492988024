import { expect, it } from 'vitest';
import { CASES } from '../../testbed/examples.ts';
import { prepare } from '../../testbed/prepare.ts';
import { SECRETS } from '../../testbed/testbed.ts';
import { fieldsIn, naming, toolsIn } from '../facts.ts';
import { agrees, startHarness, VOLT_POD } from '../harness.ts';
import { BOTH, surfaceOf } from './surfaces.ts';

const LLAMA = 'meta-llama/Llama-3.3-70B-Instruct';

it.each([
  ['null', null],
  ['an empty string', ''],
] as const)(
  'every tool takes %s for every argument that may be left out',
  { timeout: 60_000 },
  async (_kind, filler) => {
    const harness = await startHarness({
      env: SECRETS,
      elicit: agrees,
      config: { GPU_MCP_MAX_JOB_USD: '1000', GPU_MCP_MAX_USD_PER_HOUR: '1000', GPU_MCP_MAX_PODS: '1000' },
    });
    const { listed } = await surfaceOf(BOTH);
    for (const example of CASES.filter(({ shown, ends }) => shown === true && ends === undefined)) {
      harness.world.reset();
      const { args } = prepare(harness.world, example);
      const properties = listed.find(({ name }) => name === example.tool.name)?.inputSchema.properties ?? {};
      const fillers = Object.fromEntries(Object.keys(properties).map((name) => [name, filler]));
      const { isError, text } = await harness.call(example.tool.name, {
        ...fillers,
        ...args,
        sessionId: 's',
      });
      expect(isError, `${example.label}: ${text}`).toBe(false);
    }
  },
);

it('a strict host that must send every argument can confirm by token', async () => {
  const { call, world } = await startHarness();
  const order = { ...VOLT_POD, max_usd_per_hour: '$1/h', confirmation_token: '' };
  const asked = await call('create_pod', order);
  expect(asked.structured.status).toBe('confirmation_required');
  expect(world.requests.filter(({ method }) => method === 'POST')).toEqual([]);
});

it('one message says each fault, and names what was meant', async () => {
  const { call, world } = await startHarness();
  const { structured, isError } = await call('get_pod', { pod_id: 'volt:pod:x', limit: '1,000' });
  expect(isError).toBe(true);
  expect(fieldsIn(structured.error?.message)).toEqual(['pod_id', 'limit']);
  expect(structured.error?.message).toMatch(/\bpod\?/);
  const numbers = await call('list_machines', { limit: '1,000' });
  expect(numbers.structured.error).toMatchObject({ code: 'invalid_input' });
  expect(numbers.structured.error?.message.match(/limit/g)).toHaveLength(1);
  expect([...world.requests]).toEqual([]);
});

it.each<[string, Record<string, unknown>, string[]]>([
  ['delete_pod', { pod: '' }, ['pod']],
  ['get_pod', { pod: null }, ['pod']],
  ['stop_spending', {}, ['how']],
  ['submit_finetune', { name: 'a', model: 'a/b', hours: '' }, ['task_type', 'hours']],
  ['embed_text', { model: 'a', input: [] }, ['input']],
])('%s %j: says what is needed and asks no cloud', async (tool, args, fields) => {
  const { call, world } = await startHarness({ elicit: agrees });
  const { structured } = await call(tool, args);
  const faults = structured.error?.message.split('; ') ?? [];
  expect(faults.map((fault) => fieldsIn(fault)[0])).toEqual(fields);
  for (const fault of faults) expect(fault).toMatch(/: needed \(/);
  expect([...world.requests]).toEqual([]);
});

it('fillers and numbers are read in a list, a map and a ref', async () => {
  const { call, writes, world } = await startHarness({ elicit: agrees });
  const renamed = await call('rename_ssh_key', { ssh_key: 73, name: 'renamed' });
  expect(renamed.structured.status, renamed.text).toBe('done');
  const made = await call('create_template', {
    name: 'p',
    image: 'a/b',
    ports: '[8080,"22"]',
    env_vars: { PORT: 8080 },
  });
  expect(made.structured.status, made.text).toBe('done');
  expect(JSON.parse(writes().at(-1)?.body ?? '{}')).toMatchObject({
    ports: [8080, 22],
    env_vars: { PORT: '8080' },
  });
  const answer = await call('generate_text', {
    model: LLAMA,
    prompt: 'hi',
    messages: [],
  });
  expect(answer.isError, answer.text).toBe(false);
  expect(world.requests.filter(({ path }) => path.endsWith('/chat/completions'))).toHaveLength(1);
});

it('a model may be named by its alias: what is shown and sent is its one name, under an allowance too', async () => {
  const { call, asked, writes, world } = await startHarness({ elicit: agrees });
  const first = await call('generate_text', { prompt: 'Hi', model: 'llama3.3-70B' });
  expect(first.isError, first.text).toBe(false);
  expect(asked[0]).toContain(LLAMA);
  const before = world.requests.length;
  const second = await call('embed_text', { input: ['hello'], model: 'BGE-Large-EN-v1.5' });
  expect(second.isError, second.text).toBe(false);
  expect(writes().map(({ body }) => JSON.parse(body).model)).toEqual([LLAMA, 'BAAI/bge-large-en-v1.5']);
  expect(world.requests).toHaveLength(before + 1);
  for (const model of world.nebula.models) model.model_alias = 'twin';
  const third = await call('generate_text', { prompt: 'Hi', model: 'twin' });
  expect(third.structured.error).toMatchObject({
    code: 'invalid_input',
    hint: expect.stringContaining(LLAMA),
  });
  expect([asked.length, writes().length]).toEqual([1, 2]);
});

it('a model that does not exist is refused with those that hold its words, before anybody is asked', async () => {
  const { call, asked, writes } = await startHarness({ elicit: agrees });
  const near = await call('generate_text', { prompt: 'Hi', model: 'llama-3.3-70b' });
  expect(near.structured.error).toMatchObject({ code: 'not_found', hint: expect.stringContaining(LLAMA) });
  for (const model of ['nobody-made-this', '??']) {
    const { code, hint } = (await call('generate_text', { prompt: 'Hi', model })).structured.error ?? {};
    expect([code, toolsIn(hint), hint?.includes(LLAMA)]).toEqual(['not_found', ['list_models'], false]);
  }
  expect([asked, writes()]).toEqual([[], []]);
});

it('all clouds are named by a list only', async () => {
  const { call, writes } = await startHarness({ elicit: agrees });
  const all = await call('list_machines', { cloud: 'all', limit: 1 });
  expect(all.structured.total).toBe((await call('list_machines', { limit: 1 })).structured.total);
  const both = await call('list_machines', { cloud: 'both' });
  expect(both.structured.error).toMatchObject({
    code: 'invalid_input',
    hint: expect.stringMatching(naming('volt', 'nebula', 'cloud')),
  });
  const key = await call('create_api_key', { cloud: 'All', name: 'k' });
  expect(fieldsIn(key.structured.error?.message)).toEqual(['cloud']);
  expect(writes()).toEqual([]);
});

it('a tool by its name in other servers is refused with its name here', async () => {
  const { call } = await startHarness();
  const { structured } = await call('launch_instance');
  expect(structured.error?.code).toBe('not_found');
  expect(toolsIn(structured.error?.hint)[0]).toBe('create_pod');
});

it.each([
  ['update_pod', { pod: 'volt:pod:x', ssh_keys: [], name: 'new' }, 'ssh_keys'],
  ['update_template', { template: 'volt:template:x', env_vars: {}, name: 'new' }, 'env_vars'],
  ['update_template', { template: 'volt:template:x', ports: [] }, 'ports'],
] as const)('%s empties nothing by an empty list or map: %j', async (tool, args, field) => {
  const { call, world } = await startHarness({ elicit: agrees });
  const { structured } = await call(tool, args);
  expect(structured.error).toMatchObject({
    code: 'invalid_input',
    message: expect.stringContaining(field),
    hint: expect.stringContaining(`remove_all=["${field}"]`),
  });
  expect([...world.requests]).toEqual([]);
});

it.each([
  ['list_images', { region: 'Asia' }, 'CANADA'],
  ['list_models', { type: 'audio' }, 'embedding'],
  ['list_models', { search: 'gemini' }, 'deepseek-ai/DeepSeek-R1'],
  ['list_models', { max_price: 0 }, '0.003'],
  ['list_pods', { state: 'failed' }, 'running'],
] as const)('%s %j finds nothing and says what there is', async (tool, filter, offered) => {
  const { call, world } = await startHarness();
  world.addPod('volt', { name: 'one' });
  const { structured, text } = await call(tool, filter);
  expect(structured).toMatchObject({ total: 0, next: expect.stringContaining(offered) });
  expect(text).toContain(`${Object.keys(filter)[0]} here: `);
});

it('a region, a model and its type are found by the words of people', async () => {
  const { call } = await startHarness();
  const europe = await call('list_images', { region: 'Europe' });
  expect(europe.text).toContain('NORWAY');
  expect(europe.text).not.toContain('CANADA');
  expect((await call('list_models', { search: 'llama 3.3', type: 'LLM' })).structured.total).toBe(1);
});

it.each([
  ['list_machines', 'gpu', '*'],
  ['list_machines', 'region', '*'],
  ['list_images', 'region', '日本'],
  ['list_models', 'type', '-'],
  ['list_models', 'search', '…'],
])('%s refuses a %s that names nothing', async (tool, field, value) => {
  const { call, world } = await startHarness();
  const { structured } = await call(tool, { [field]: value });
  expect(structured.error).toMatchObject({ code: 'invalid_input', message: expect.stringContaining(field) });
  expect([...world.requests]).toEqual([]);
});

it('prompts read their arguments by the same rules', async () => {
  const { client } = await startHarness();
  const given = { gpu: 'H100', name: '', sessionId: 's' };
  const { messages } = await client.getPrompt({ name: 'launch_training_pod', arguments: given });
  expect(JSON.stringify(messages)).toContain('H100');
  await expect(
    client.getPrompt({ name: 'launch_training_pod', arguments: { gpuModel: 'H100' } }),
  ).rejects.toThrow(/gpuModel.*\bgpu\?/);
});

it('update_pod takes off all keys that remove_all names', async () => {
  const { call, world } = await startHarness({ elicit: agrees });
  const id = world.addPod('volt', { name: 'trainer', machine_id: 'mach_rtx4090_02', gpu_count: 1 });
  for (const pod of world.volt.pods) pod.ssh_keys = ['key_abc123'];
  const { isError, text } = await call('update_pod', { pod: `volt:pod:${id}`, remove_all: 'SSH_KEYS' });
  expect(isError, text).toBe(false);
  const sent = world.requests.find(({ method }) => method === 'PUT');
  expect(JSON.parse(String(sent?.body))).toMatchObject({ ssh_key_ids: [] });
});
