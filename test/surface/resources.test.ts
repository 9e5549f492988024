import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { agrees, type Harness, idIn, startHarness, TEXT_JOB } from '../harness.ts';
import { listedAfterLook } from '../resources/listed.ts';
import { noResource } from '../revision.ts';

async function read({ client }: Harness, uri: string): Promise<Record<string, unknown>> {
  const { contents } = await client.readResource({ uri });
  expect(contents).toHaveLength(1);
  const [content] = contents;
  if (content === undefined || !('text' in content)) throw new Error(`${uri} has no text`);
  expect(content).toMatchObject({ uri, mimeType: 'application/json' });
  return JSON.parse(content.text);
}

describe('resources', () => {
  it('list the fixed ones, then live pods and jobs of each cloud by name', async () => {
    const harness = await startHarness({ elicit: agrees });
    const volt = harness.world.addPod('volt', { name: 'trainer' });
    const nebula = harness.world.addPod('nebula', { name: 'renderer' });
    const { structured } = await harness.call('submit_finetune', TEXT_JOB);
    const resources = await listedAfterLook(harness.client, 7);
    expect(resources.slice(0, 4).map(({ uri }) => uri)).toEqual([
      'gpu://pods',
      'gpu://jobs',
      'gpu://machines',
      'gpu://spend',
    ]);
    expect(resources.slice(4).map(({ uri, name }) => [uri, name])).toEqual([
      [`gpu://volt/pod/${volt}`, 'trainer'],
      [`gpu://volt/job/${idIn(structured.job?.ref)}`, TEXT_JOB.name],
      [`gpu://nebula/pod/${nebula}`, 'renderer'],
    ]);
    for (const resource of resources) expect(resource.mimeType).toBe('application/json');
  });

  it('leave out the things of a cloud that cannot be read, and still list', async () => {
    const { client, world } = await startHarness();
    world.addPod('nebula', { name: 'renderer' });
    world.faults.add({ cloud: 'volt', kind: 'error_before', status: 502, times: 100 });
    const resources = await listedAfterLook(client, 5);
    expect(resources.map(({ name }) => name)).toEqual(['pods', 'jobs', 'machines', 'spend', 'renderer']);
  });

  it('that are listed can all be read, in the same shape as the tools', async () => {
    const harness = await startHarness({ elicit: agrees });
    const pod = harness.world.addPod('volt', { name: 'trainer' });
    const { structured } = await harness.call('submit_finetune', TEXT_JOB);
    const resources = await listedAfterLook(harness.client, 6);
    for (const { uri } of resources) expect(Object.keys(await read(harness, uri)).length).toBeGreaterThan(0);

    const tool = await harness.call('get_pod', { pod: `volt:pod:${pod}` });
    expect(await read(harness, `gpu://volt/pod/${pod}`)).toEqual(tool.structured);
    const job = await harness.call('get_job', { job: structured.job?.ref });
    expect(await read(harness, `gpu://volt/job/${idIn(structured.job?.ref)}`)).toEqual(job.structured);
    const list = await harness.call('list_pods', { limit: 100 });
    expect(await read(harness, 'gpu://pods')).toEqual({ pods: list.structured.pods, total: 1 });
  });

  it('that do not exist are refused with our own message, without a code in it', async () => {
    const { client } = await startHarness();
    const refused = [
      client.readResource({ uri: 'gpu://nothing' }),
      client.getPrompt({ name: 'nothing' }),
      client.complete({ ref: { type: 'ref/prompt', name: 'nothing' }, argument: { name: 'gpu', value: '' } }),
    ];
    for (const one of await Promise.allSettled(refused)) {
      // The client puts the code in front of the message once.
      const message = one.status === 'rejected' ? String(one.reason.message) : 'not refused';
      expect(message.replace(/^MCP error -\d+: /, '')).toMatch(/^(?!not refused)(?!.*-32\d{3})\w/);
    }
  });

  it('have templates for pods and jobs of the configured clouds', async () => {
    const both = await startHarness();
    const { resourceTemplates } = await both.client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'gpu://{cloud}/pod/{id}',
      'gpu://volt/job/{id}',
    ]);
    const one = await startHarness({ clouds: ['nebula'] });
    const alone = await one.client.listResourceTemplates();
    expect(alone.resourceTemplates.map(({ name }) => name)).toEqual(['pod']);
    expect((await one.client.listResources()).resources.map(({ uri }) => uri)).toEqual([
      'gpu://pods',
      'gpu://machines',
      'gpu://spend',
    ]);
  });

  it('take an id that is percent-encoded, needed or not', async () => {
    const harness = await startHarness();
    const id = harness.world.addPod('volt', { name: 'trainer' });
    const encoded = [...id].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('');
    expect(await read(harness, `gpu://volt/pod/${encoded}`)).toMatchObject({
      pod: { ref: `volt:pod:${id}` },
    });
    expect(await read(harness, `gpu://VOLT/Pod/${id}`)).toMatchObject({ pod: { ref: `volt:pod:${id}` } });
    harness.world.requests.clear();
    await expect(harness.client.readResource({ uri: 'gpu://volt/pod/a%20b%3Ac' })).rejects.toMatchObject({
      code: noResource(),
    });
    const asked = harness.world.requests.map(({ path }) => path).filter((path) => path.startsWith('/pods'));
    expect(asked).toEqual(['/pods/a%20b%3Ac']);
  });

  it.each([
    'gpu://volt/pod/',
    'gpu://volt/pod/..',
    'gpu://volt/pod/.',
    'gpu://volt/pod/%2e%2e',
    'gpu://volt/pod/..%2Fapi-keys',
    'gpu://nebula/pod/a%2Fstop',
    'gpu://nebula/pod/a/stop',
    'gpu://nebula/pod/a%3Fx',
    'gpu://nebula/pod/a%23x',
    'gpu://nebula/pod/%',
    'gpu://nebula/pod/%00',
    'gpu://nebula/pod/%252e',
    'gpu://nebula/job/1',
    'gpu://aws/pod/1',
    'gpu://volt/ssh_key/key_abc123',
    'gpu://volt',
    'gpu://pods/',
    'gpu://nothing',
    'file:///etc/passwd',
    'https://example.com/',
  ])('%s is unknown, and nothing is asked of a cloud', async (uri) => {
    const { client, world } = await startHarness();
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: noResource() });
    expect([...world.requests]).toEqual([]);
  });

  it('of an unconfigured cloud are unknown', async () => {
    const { client } = await startHarness({ clouds: ['volt'] });
    await expect(client.readResource({ uri: 'gpu://nebula/pod/1' })).rejects.toMatchObject({
      code: noResource(),
    });
  });

  it('that cannot be read now fail with our code and hint in the data', async () => {
    const { client, world } = await startHarness({ clouds: ['volt'] });
    world.faults.add({ kind: 'error_before', status: 502, times: 100 });
    await expect(client.readResource({ uri: 'gpu://pods' })).rejects.toMatchObject({
      code: ErrorCode.InternalError,
      data: { code: 'upstream_unavailable', hint: expect.any(String), uri: 'gpu://pods' },
    });
  });
});

describe('prompts', () => {
  it('are listed with their arguments', async () => {
    const { client } = await startHarness();
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual([
      'launch_training_pod',
      'finetune_model',
      'review_spend',
    ]);
    expect(prompts[0]?.arguments).toContainEqual({
      name: 'gpu',
      description: expect.any(String),
      required: true,
    });
    for (const { title, description } of prompts) expect([title, description]).not.toContain(undefined);
  });

  it('are rendered with what was given', async () => {
    const { client } = await startHarness();
    const { messages } = await client.getPrompt({
      name: 'launch_training_pod',
      arguments: { gpu: 'H100', max_usd_per_hour: '3' },
    });
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ role: 'user', content: { type: 'text' } });
    const text = JSON.stringify(messages);
    expect(text).toContain('H100');
    expect(text).toContain('max_usd_per_hour=3');
    expect(text).not.toMatch(/undefined|null/);
  });

  it.each([
    ['launch_training_pod', {}, 'gpu'],
    ['finetune_model', { model: 'x/y' }, 'dataset'],
    ['finetune_model', { model: '', dataset: 'x/y' }, 'model'],
    ['no_such_prompt', {}, 'no_such_prompt'],
  ])('%s with %j is refused and names what is missing', async (name, args, missing) => {
    const { client } = await startHarness();
    await expect(client.getPrompt({ name, arguments: args })).rejects.toMatchObject({
      code: ErrorCode.InvalidParams,
      message: expect.stringContaining(missing),
    });
  });

  it('name only tools that exist', async () => {
    const { client } = await startHarness();
    const { tools } = await client.listTools();
    const known = new Set(tools.map(({ name }) => name));
    const { prompts } = await client.listPrompts();
    for (const { name, arguments: args } of prompts) {
      const given = Object.fromEntries((args ?? []).map((argument) => [argument.name, '2']));
      const text = JSON.stringify((await client.getPrompt({ name, arguments: given })).messages);
      const named = text.match(/\b(?:list|get|create|submit|cancel|delete|stop|start|wait)_[a-z_]+/g) ?? [];
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((tool) => !known.has(tool))).toEqual([]);
    }
  });
});
