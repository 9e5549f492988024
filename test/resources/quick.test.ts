import { describe, expect, it } from 'vitest';
import { agrees, startHarness, VOLT_POD } from '../harness.ts';
import { listedAfterLook } from './listed.ts';
import { lines, receivedBy } from './subscribed.ts';

const FIXED = ['pods', 'jobs', 'machines', 'spend'];

describe('quick to be there', () => {
  it('a handshake and the lists of tools, prompts and templates ask no cloud', async () => {
    const { client, world } = await startHarness();
    await client.listTools();
    await client.listPrompts();
    await client.listResourceTemplates();
    expect([...world.requests]).toEqual([]);
  });

  it('resources/list answers at once while every cloud hangs', async () => {
    const { client, world } = await startHarness();
    for (const cloud of ['volt', 'nebula'] as const) world.faults.add({ cloud, kind: 'hang', times: 50 });
    for (const _again of [1, 2, 3]) {
      expect((await client.listResources()).resources.map(({ name }) => name)).toEqual(FIXED);
    }
  });

  it('a cloud that hangs does not hold back the pods of the other', async () => {
    const { client, world } = await startHarness();
    world.faults.add({ cloud: 'volt', kind: 'hang', times: 50 });
    world.addPod('nebula', { name: 'renderer' });
    const rows = await listedAfterLook(client, 5);
    expect(rows.map(({ name }) => name)).toEqual([...FIXED, 'renderer']);
  });

  it('sends list_changed if the poll found something, and polls again only after a minute', async () => {
    const { client, world } = await startHarness({ clouds: ['volt'] });
    const received = receivedBy(client);
    world.addPod('volt', { name: 'trainer' });
    expect((await client.listResources()).resources.map(({ name }) => name)).toEqual(FIXED);
    await expect.poll(() => received).toEqual(['list_changed']);
    const asked = 2;
    await expect.poll(() => lines(world.requests, 0).toSorted()).toEqual(['GET /fine-tuning', 'GET /pods']);
    expect((await client.listResources()).resources.map(({ name }) => name)).toEqual([...FIXED, 'trainer']);
    world.clock.advance(59);
    await client.listResources();
    expect(lines(world.requests, 0)).toHaveLength(asked);
    world.clock.advance(1);
    const pollOnce = async () => {
      await client.listResources();
      return lines(world.requests, 0).length;
    };
    await expect.poll(pollOnce).toBe(2 * asked);
    expect(received).toEqual(['list_changed']);
  });

  it('keeps the pods of the last poll while a cloud cannot be read', async () => {
    const { client, world } = await startHarness({ clouds: ['volt'] });
    world.addPod('volt', { name: 'trainer' });
    await listedAfterLook(client, 5);
    const received = receivedBy(client);
    world.faults.add({ cloud: 'volt', kind: 'garbage_json', times: 50 });
    world.clock.advance(61);
    const from = world.requests.length;
    const pollOnce = async () => {
      expect((await client.listResources()).resources.map(({ name }) => name)).toEqual([...FIXED, 'trainer']);
      return lines(world.requests, from).length;
    };
    await expect.poll(pollOnce).toBeGreaterThanOrEqual(2);
    world.clock.advance(61);
    await expect.poll(pollOnce).toBeGreaterThanOrEqual(4);
    expect(received).toEqual([]);
  });

  it('shares one poll among all requests at that time', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const other = await harness.connect();
    harness.world.faults.add({ cloud: 'volt', path: '/pods', kind: 'delay', delay_ms: 50 });
    await Promise.all([
      harness.client.listResources(),
      other.client.listResources(),
      other.client.listResources(),
    ]);
    await expect.poll(() => lines(harness.world.requests, 0)).toContain('GET /pods');
    await harness.client.listResources();
    expect(lines(harness.world.requests, 0).filter((line) => line === 'GET /pods')).toHaveLength(1);
  });

  it('shows a pod of our own after its order, although the last poll is recent', async () => {
    const { client, call } = await startHarness({ elicit: agrees, clouds: ['volt'] });
    await client.listResources();
    expect((await call('create_pod', VOLT_POD)).structured.status).toBe('done');
    const rows = await listedAfterLook(client, 5);
    expect(rows.map(({ name }) => name)).toEqual([...FIXED, 'trainer']);
  });
});
