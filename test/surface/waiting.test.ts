import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { naming, numbersIn, refsIn, toolsIn } from '../facts.ts';
import { agrees, idIn, startHarness, TEXT_JOB, VOLT_POD } from '../harness.ts';

describe('wait_for', () => {
  it('sends progress that grows and shows the state, and ends when the pod runs', async () => {
    const { client, call, world } = await startHarness({ elicit: agrees });
    const { structured } = await call('create_pod', VOLT_POD);
    const seen: { progress: number; total?: number | undefined; message?: string | undefined }[] = [];
    const result = await client.callTool(
      { name: 'wait_for', arguments: { ref: structured.pod?.ref } },
      undefined,
      { onprogress: (progress) => seen.push(progress) },
    );
    expect(result.structuredContent).toMatchObject({
      state: 'running',
      reached: true,
      timed_out: false,
      pod: { state: 'running' },
    });
    expect(seen.length).toBeGreaterThan(2);
    const numbers = seen.map(({ progress }) => progress);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    for (const { total, message } of seen) {
      expect(total).toBe(45);
      expect(refsIn(message)).toEqual([structured.pod?.ref]);
      expect(message).toMatch(naming('provisioning', 'deploying', 'running'));
      expect(numbersIn(message?.replaceAll(structured.pod?.ref ?? '', ''))).not.toEqual([]);
    }
    expect(world.requests.filter(({ method }) => method !== 'GET')).toHaveLength(1);
  });

  it('polls at most once a second, and at most 15 times in half a minute', async () => {
    const { call, world } = await startHarness({ clouds: ['volt'] });
    const id = world.addPod('volt', { state: 'unheard_of' });
    world.requests.clear();
    await call('wait_for', { ref: `volt:pod:${id}`, timeout_seconds: 30 });
    const times = world.requests.map(({ at }) => Date.parse(at) / 1000);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(times.length).toBeGreaterThan(2);
    expect(times.length).toBeLessThanOrEqual(15);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(15);
  });

  it('that times out is a normal answer that says to call again', async () => {
    const { call, world } = await startHarness({ elicit: agrees });
    const { structured: made } = await call('create_pod', VOLT_POD);
    const before = world.clock.now();
    const { structured, isError, text } = await call('wait_for', { ref: made.pod?.ref, timeout_seconds: 7 });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({
      state: 'provisioning',
      reached: false,
      timed_out: true,
      waited_seconds: 7,
    });
    expect(world.clock.now() - before).toBe(7000);
    expect(toolsIn(text)).toEqual(['wait_for']);
  });

  it('ends at once when the state can never be reached, and says so', async () => {
    const { call, world } = await startHarness();
    const id = world.addPod('volt', { name: 'broken', state: 'failed' });
    const before = world.clock.now();
    const { structured, isError } = await call('wait_for', { ref: `volt:pod:${id}` });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({
      state: 'failed',
      reached: false,
      timed_out: false,
      waited_seconds: 0,
    });
    expect(world.clock.now()).toBe(before);
  });

  it('for deleted is content with a pod that is gone', async () => {
    const { call, world } = await startHarness({ elicit: agrees });
    const id = world.addPod('volt', { name: 'old' });
    await call('delete_pod', { pod: `volt:pod:${id}` });
    const { structured } = await call('wait_for', { ref: `volt:pod:${id}`, until: 'deleted' });
    expect(structured).toMatchObject({ state: 'deleted', reached: true });
  });

  it('for anything else of a pod that is gone is not_found', async () => {
    const { call } = await startHarness();
    const { structured, isError } = await call('wait_for', { ref: 'volt:pod:pod_gone' });
    expect(isError).toBe(true);
    expect(structured.error?.code).toBe('not_found');
  });

  it.each([
    ['success', 'succeeded', true],
    ['failure_finding_nodes', 'failed', true],
    ['cancelled', 'cancelled', true],
  ])('of a job by default ends with any end: %s', async (raw, state, reached) => {
    const { call, world } = await startHarness({ elicit: agrees });
    const { structured: made } = await call('submit_finetune', TEXT_JOB);
    world.setJobStatus(idIn(made.job?.ref), raw);
    const { structured } = await call('wait_for', { ref: made.job?.ref });
    expect(structured).toMatchObject({ state, reached, timed_out: false, until: 'terminal' });
  });

  it('of a job for a phase ends with the end of the job, reached or not', async () => {
    const { call, world } = await startHarness({ elicit: agrees });
    const { structured: made } = await call('submit_finetune', TEXT_JOB);
    world.setJobStatus(idIn(made.job?.ref), 'failure');
    const { structured, isError } = await call('wait_for', { ref: made.job?.ref, until: 'training' });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({ state: 'failed', reached: false, timed_out: false });
  });

  it.each([
    ['volt:pod:pod_1', 'terminal'],
    ['volt:pod:pod_1', 'unknown'],
    ['volt:job:job_1', 'running'],
    ['volt:job:job_1', 'done'],
  ])('of %s until %s is refused with the states that are possible', async (ref, until) => {
    const { call, world } = await startHarness();
    const { structured } = await call('wait_for', { ref, until });
    expect(structured.error).toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining(`until: "${until}"`),
      hint: expect.stringMatching(
        ref.includes('job') ? /\bterminal\b.*\btraining\b/ : /\brunning\b.*\bstopped\b/,
      ),
    });
    expect([...world.requests]).toEqual([]);
  });
});

describe('a call that the client cancels', () => {
  it('aborts the request that is on its way to the cloud', async () => {
    let arrived = (_path: string) => {};
    let gone = () => {};
    const request = new Promise<string>((resolve) => {
      arrived = resolve;
    });
    const closed = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const silent = createServer((incoming, outgoing) => {
      outgoing.once('close', gone);
      arrived(incoming.url ?? '');
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    try {
      const harness = await startHarness({
        clouds: ['volt'],
        config: { VOLT_BASE_URL: `http://127.0.0.1:${port}` },
      });
      const stop = new AbortController();
      const call = harness.call('list_machines', {}, { signal: stop.signal });
      const cancelled = expect(call).rejects.toThrow();
      expect(await request).toBe('/machines');
      stop.abort('changed my mind');
      await cancelled;
      await closed;
      expect(silent.listening).toBe(true);
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it('leaves the connection good for the next call', async () => {
    const { call, world } = await startHarness({ clouds: ['volt'] });
    world.faults.add({ cloud: 'volt', path: '/pods', kind: 'hang' });
    const stop = new AbortController();
    const hanging = call('list_pods', {}, { signal: stop.signal });
    const cancelled = expect(hanging).rejects.toThrow();
    expect((await call('list_machines')).isError).toBe(false);
    stop.abort();
    await cancelled;
    expect((await call('list_pods')).isError).toBe(false);
    expect(world.requests.filter(({ path }) => path === '/pods').map(({ status }) => status)).toEqual([
      null,
      200,
    ]);
  });
});
