import { describe, expect, it, vi } from 'vitest';
import { agrees, idIn, startHarness, VOLT_POD } from '../harness.ts';
import { noResource } from '../revision.ts';
import { lines, outsider, receivedBy } from './subscribed.ts';

const uri = (id: string) => `gpu://volt/pod/${id}`;

describe('resources/subscribe', () => {
  it('is announced with list_changed and completions', async () => {
    const { client } = await startHarness();
    expect(client.getServerCapabilities()).toMatchObject({
      resources: { subscribe: true, listChanged: true },
      completions: {},
    });
  });

  it('notifies of each state of a deploying pod, and not of cost and uptime alone', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const { client, world, time } = harness;
    const id = outsider(harness, 'trainer', 'deploying');
    const received = receivedBy(client);
    await client.subscribeResource({ uri: uri(id) });
    expect(received).toEqual([]);
    await time.advance(26);
    expect(world.pods.get('volt', id)?.state).toBe('running');
    expect(received).toEqual([uri(id)]);
    await time.advance(3600);
    expect(received).toEqual([uri(id)]);
    world.setPodState('volt', id, 'stopped');
    await time.advance(61);
    world.setPodState('volt', id, 'failed');
    await time.advance(60);
    expect(received).toEqual([uri(id), uri(id), uri(id)]);
  });

  it('notifies once more when the thing is deleted, after a read by id, and then never again', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const { client, world, time, runtime } = harness;
    const id = outsider(harness);
    const received = receivedBy(client);
    await client.subscribeResource({ uri: uri(id) });
    const before = world.requests.length;
    world.volt.pods = world.volt.pods.filter((pod) => pod.id !== id);
    await time.advance(120);
    expect(received).toEqual([uri(id), 'list_changed']);
    expect(lines(world.requests, before).filter((line) => line.endsWith(id))).toHaveLength(1);
    expect(runtime.poller.lists()).toBe(0);
    expect(time.pending()).toBe(0);
    await expect(client.unsubscribeResource({ uri: uri(id) })).resolves.toEqual({});
  });

  it('believes the detail, not a list that forgot a pod for a moment', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const { client, world, time } = harness;
    const id = outsider(harness);
    const received = receivedBy(client);
    await client.subscribeResource({ uri: 'gpu://pods' });
    await client.subscribeResource({ uri: uri(id) });
    const pod = world.volt.pods.find((one) => one.id === id)!;
    pod.visible_ms = world.clock.now() + 30_000;
    await time.advance(200);
    expect(received).toEqual([]);
  });

  it('refuses what does not exist and what could hit another endpoint, and watches nothing then', async () => {
    const { client, runtime, world } = await startHarness({ clouds: ['volt'] });
    const before = world.requests.length;
    for (const wrong of [
      'gpu://volt/pod/..%2Fapi-keys',
      'gpu://volt/pod/%2e%2e',
      'gpu://volt/pod/a%2Fstop',
      'gpu://volt/pod/',
      'gpu://nebula/pod/x',
      'gpu://nebula/job/x',
      'gpu://volt/template/tpl_1',
      'gpu://podz',
      'file:///etc/passwd',
      '',
    ]) {
      await expect(client.subscribeResource({ uri: wrong }), wrong).rejects.toMatchObject({
        code: noResource(),
      });
    }
    expect(world.requests).toHaveLength(before);
    await expect(client.subscribeResource({ uri: uri('pod_none') })).rejects.toMatchObject({
      code: noResource(),
    });
    expect(runtime.poller.lists()).toBe(0);
  });

  it('watches nothing for a request that was cancelled before the first poll', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    harness.world.faults.add({ cloud: 'volt', path: '/pods', kind: 'delay', delay_ms: 200 });
    const given = new AbortController();
    const asked = harness.client.subscribeResource({ uri: 'gpu://pods' }, { signal: given.signal });
    await expect.poll(() => harness.runtime.poller.lists()).toBe(1);
    given.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(() => harness.runtime.poller.lists()).toBe(0);
    await harness.client.subscribeResource({ uri: 'gpu://pods' });
    expect(harness.runtime.poller.lists()).toBe(1);
  });

  it('shows only in the log why a reading failed for an internal cause', async () => {
    const { client, runtime, logs } = await startHarness({ clouds: ['volt'] });
    vi.spyOn(runtime.clouds.get('volt').pods, 'get').mockRejectedValue(new TypeError('inner workings'));
    const failure = { code: -32603, data: { code: 'upstream_error' } };
    const uri = 'gpu://volt/pod/pod_abc123';
    await expect(client.readResource({ uri })).rejects.toMatchObject(failure);
    const received = logs.find(({ level }) => level === 'error');
    expect(received).toMatchObject({
      msg: 'resource',
      uri,
      cause: expect.stringContaining('inner workings'),
    });
    await expect(client.readResource({ uri })).rejects.not.toThrow(/inner workings/);
  });

  it('counts one session’s second subscription as the first, and stops when it unsubscribes', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const { client, world, time, runtime } = harness;
    const id = outsider(harness);
    const received = receivedBy(client);
    await Promise.all([1, 2, 3].map(() => client.subscribeResource({ uri: uri(id) })));
    world.setPodState('volt', id, 'stopped');
    await time.advance(60);
    expect(received).toEqual([uri(id)]);
    await client.unsubscribeResource({ uri: uri(id) });
    await client.unsubscribeResource({ uri: 'gpu://never' });
    expect(runtime.poller.lists()).toBe(0);
    const before = world.requests.length;
    await time.advance(3600);
    expect(world.requests).toHaveLength(before);
  });

  it('serves sessions apart, from the same polls, and leaves nothing behind when one vanishes', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const { client, connect, world, time, runtime } = harness;
    const [first, second] = [outsider(harness, 'a'), outsider(harness, 'b')];
    const other = await connect();
    const [mine, theirs] = [receivedBy(client), receivedBy(other.client)];
    await client.subscribeResource({ uri: uri(first) });
    await other.client.subscribeResource({ uri: uri(second) });
    world.setPodState('volt', second, 'stopped');
    await time.advance(60);
    expect([mine, theirs]).toEqual([[], [uri(second)]]);
    await other.client.close();
    world.setPodState('volt', second, 'running');
    await time.advance(60);
    expect(theirs).toHaveLength(1);
    await client.close();
    expect(runtime.poller.lists()).toBe(0);
    expect(time.pending()).toBe(0);
  });

  it('follows lists and spending: appearing and going pods, once a poll', async () => {
    const harness = await startHarness({ clouds: ['volt', 'nebula'] });
    const { client, world, time } = harness;
    const received = receivedBy(client);
    await client.subscribeResource({ uri: 'gpu://pods' });
    await client.subscribeResource({ uri: 'gpu://spend' });
    outsider(harness, 'a');
    outsider(harness, 'b');
    await time.advance(70);
    expect(received.toSorted()).toEqual(['gpu://pods', 'gpu://spend', 'list_changed']);
    received.length = 0;
    const instance = world.addPod('nebula');
    await time.advance(70);
    expect(received.toSorted()).toEqual(['gpu://pods', 'gpu://spend', 'list_changed']);
    received.length = 0;
    world.setPodState('nebula', instance, 'Deleted');
    await time.advance(70);
    expect(received.filter((line) => line === 'list_changed')).toHaveLength(1);
    expect(received).toContain('gpu://pods');
  });

  it('follows jobs to their end, when they leave resources/list', async () => {
    const { client, call, world, time } = await startHarness({ elicit: agrees, clouds: ['volt'] });
    const { structured } = await call('submit_finetune', {
      name: 'support-bot',
      task_type: 'text',
      model: 'meta-llama/Llama-3.1-8B-Instruct',
      hours: 2,
      dataset_repo: 'myorg/support-qa',
    });
    const id = idIn(structured.job?.ref);
    const received = receivedBy(client);
    await client.subscribeResource({ uri: `gpu://volt/job/${id}` });
    world.setJobStatus(id, 'training');
    await time.advance(60);
    world.setJobStatus(id, 'failure');
    await time.advance(60);
    expect(received).toEqual([`gpu://volt/job/${id}`, `gpu://volt/job/${id}`, 'list_changed']);
  });

  it('polls machines at most once a minute', async () => {
    const { client, world, time } = await startHarness({ clouds: ['volt'] });
    const received = receivedBy(client);
    await client.subscribeResource({ uri: 'gpu://machines' });
    const before = world.requests.length;
    await time.advance(600);
    expect(received).toEqual([]);
    expect(world.requests.length - before).toBeLessThanOrEqual(12);
    world.prices.set('volt', 'mach_rtx4090_01', 0.41);
    await time.advance(61);
    expect(received).toEqual(['gpu://machines']);
  });

  it('reports our own writes at once', async () => {
    const harness = await startHarness({ elicit: agrees, clouds: ['volt'] });
    const { client, call, time } = harness;
    const created = await call('create_pod', VOLT_POD);
    const { ref } = created.structured.pod!;
    const id = idIn(ref);
    await time.advance(30);
    const received = receivedBy(client);
    await client.subscribeResource({ uri: uri(id) });
    await time.advance(600);
    expect(received).toEqual([]);
    await call('update_pod', { pod: ref, remove_all: ['ssh_keys'] });
    await time.advance(2);
    expect(received).toEqual([uri(id)]);
    await call('stop_pod', { pod: ref });
    await time.advance(2);
    expect(received).toEqual([uri(id), uri(id)]);
    await time.advance(600);
    received.length = 0;
    for (const max_lifetime_hours of [3, 5, 0]) {
      const { structured } = await call('update_pod', { pod: ref, max_lifetime_hours });
      expect(structured.error).toBeUndefined();
      await time.advance(2);
      expect(received.splice(0)).toEqual([uri(id)]);
    }
  });

  it('notifies of pods that this server makes and deletes, even while nothing is watched', async () => {
    const { client, call, world } = await startHarness({ elicit: agrees, clouds: ['volt'] });
    const received = receivedBy(client);
    const created = await call('create_pod', VOLT_POD);
    expect(received).toEqual(['list_changed']);
    await call('delete_pod', { pod: created.structured.pod!.ref });
    expect(received).toEqual(['list_changed', 'list_changed']);
    expect(lines(world.requests).filter((line) => line === 'GET /pods').length).toBeLessThan(10);
  });
});
