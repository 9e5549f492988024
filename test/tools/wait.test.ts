import { describe, expect, it } from 'vitest';
import { naming, refsIn, toolsIn } from '../facts.ts';
import { agrees, idIn, startHarness, TEXT_JOB, VOLT_POD } from '../harness.ts';
import { lines, outsider } from '../resources/subscribed.ts';

const SSH = expect.stringMatching(/^ssh /);

describe('wait_for', () => {
  it('reads a new pod at the beginning and at the end, its list in between, and returns its ssh command', async () => {
    const { call, world } = await startHarness({ elicit: agrees, clouds: ['volt'] });
    const created = await call('create_pod', VOLT_POD);
    const { ref } = created.structured.pod!;
    const id = idIn(ref);
    const before = world.requests.length;
    const progress: string[] = [];
    const { structured, text } = await call(
      'wait_for',
      { ref },
      { onProgress: (line) => progress.push(line) },
    );
    expect(structured).toMatchObject({
      ref,
      until: 'running',
      state: 'running',
      reached: true,
      timed_out: false,
      pod: { state: 'running', ssh_command: SSH, total_cost_usd: expect.any(Number) },
    });
    expect(structured.waited_seconds).toBeGreaterThanOrEqual(20);
    expect(structured.waited_seconds).toBeLessThan(26);
    expect(text).toContain('ssh ');
    expect(progress.length).toBeGreaterThan(3);
    for (const line of progress) {
      expect(refsIn(line)).toEqual([ref]);
      expect(line).toMatch(naming('provisioning', 'deploying', 'running'));
    }
    const sent = lines(world.requests, before);
    expect([sent[0], sent.at(-1)]).toEqual([`GET /pods/${id}`, `GET /pods/${id}`]);
    expect(sent.filter((line) => line === `GET /pods/${id}`)).toHaveLength(2);
    expect(sent.filter((line) => line === 'GET /pods').length).toBeLessThanOrEqual(9);
  });

  it('waits for a pod of Nebula', async () => {
    const harness = await startHarness({ clouds: ['nebula'] });
    const id = harness.world.addPod('nebula', { state: 'Creating' });
    const { structured } = await harness.call('wait_for', { ref: `nebula:pod:${id}` });
    expect(structured).toMatchObject({
      reached: true,
      pod: { state: 'running', hourly_cost_usd: expect.any(Number) },
    });
    const sent = lines(harness.world.requests, 0);
    const detail = `GET /computing/instance/${id}`;
    expect(sent.filter((line) => line === detail)).toHaveLength(2);
    // The last reading of the instance takes its price from the list that was just read.
    expect(sent.at(-1)).toBe(detail);
    expect(sent.at(-2)).toMatch(/^GET \/computing\/instances/);
    expect(sent.at(-3)).toMatch(/^GET \/computing\/instances/);
  });

  it('finds a pod that the list does not show yet by its id', async () => {
    const { call, world } = await startHarness({ elicit: agrees, clouds: ['volt'] });
    world.faults.add({ cloud: 'volt', kind: 'late_listing', seconds: 600 });
    const created = await call('create_pod', VOLT_POD);
    const { structured } = await call('wait_for', { ref: created.structured.pod!.ref });
    expect(structured).toMatchObject({ reached: true, state: 'running', pod: { ssh_command: SSH } });
    expect(structured.waited_seconds).toBeLessThan(26);
  });

  it('answers a time-out as a normal result that asks to call again', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const id = outsider(harness, 'slow', 'deploying');
    const { structured, isError, text } = await harness.call('wait_for', {
      ref: `volt:pod:${id}`,
      timeout_seconds: 5,
    });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({ state: 'provisioning', reached: false, timed_out: true });
    expect(structured.waited_seconds).toBeCloseTo(5, 0);
    expect(toolsIn(text)).toEqual(['wait_for']);
    expect(harness.runtime.poller.lists()).toBe(0);
    expect(harness.time.pending()).toBe(0);
  });

  it('says that it is pointless to wait for a pod that is being stopped', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const ref = `volt:pod:${outsider(harness, 'ending', 'stopping')}`;
    const { structured, text } = await harness.call('wait_for', { ref, timeout_seconds: 2 });
    expect(structured).toMatchObject({ state: 'stopping', timed_out: true });
    expect(toolsIn(text)).toEqual(['wait_for', 'start_pod']);
  });

  it.each([
    ['running', 'stopped', ['stop_pod']],
    ['running', 'deleted', ['delete_pod']],
    ['stopped', 'deleted', ['delete_pod']],
  ] as const)('names the tool that ends what nobody ends: %s until %s', async (state, until, tools) => {
    const harness = await startHarness({ clouds: ['volt'] });
    const ref = `volt:pod:${outsider(harness, 'left', state)}`;
    const { structured, text } = await harness.call('wait_for', { ref, until, timeout_seconds: 2 });
    expect(structured).toMatchObject({ state, timed_out: true });
    expect(toolsIn(text)).toEqual(tools);
  });

  it('ends at once with the reason when the pod has failed or is deleted', async () => {
    const harness = await startHarness({ clouds: ['volt', 'nebula'] });
    const id = outsider(harness, 'broken', 'failed');
    const failed = await harness.call('wait_for', { ref: `volt:pod:${id}` });
    expect(failed.structured).toMatchObject({ state: 'failed', reached: false, timed_out: false });
    expect(toolsIn(failed.structured.message)).toEqual([]);
    const instance = harness.world.addPod('nebula');
    harness.world.setPodState('nebula', instance, 'Deleted');
    const deleted = await harness.call('wait_for', { ref: `nebula:pod:${instance}` });
    expect(deleted.structured).toMatchObject({ state: 'deleted', reached: false, timed_out: false });
  });

  it('ends when the pod is deleted meanwhile, which is the goal when that was asked for', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    for (const [until, reached] of [
      ['deleted', true],
      ['stopped', false],
    ] as const) {
      const id = outsider(harness, until);
      const waiting = harness.call(
        'wait_for',
        { ref: `volt:pod:${id}`, until, timeout_seconds: 120 },
        {
          onProgress: () => {
            harness.world.volt.pods = harness.world.volt.pods.filter((pod) => pod.id !== id);
          },
        },
      );
      expect((await waiting).structured).toMatchObject({ state: 'deleted', reached, timed_out: false });
    }
  });

  it('refuses what never existed, states that do not exist and refs of other kinds', async () => {
    const { call, world } = await startHarness({ clouds: ['volt'] });
    const none = await call('wait_for', { ref: 'volt:pod:pod_none' });
    expect(none.structured.error).toMatchObject({ code: 'not_found' });
    expect(lines(world.requests)).toEqual(['GET /pods/pod_none', 'GET /pods']);
    const before = world.requests.length;
    for (const args of [
      { ref: 'volt:pod:x', until: 'happy' },
      { ref: 'volt:job:x', until: 'running' },
      { ref: 'volt:machine:x' },
    ]) {
      expect((await call('wait_for', args)).structured.error).toMatchObject({ code: 'invalid_input' });
    }
    expect(world.requests).toHaveLength(before);
  });

  it.each([
    ['pod', 'Ready', 'running'],
    ['pod', 'terminated', 'deleted'],
    ['job', 'Completed', 'terminal'],
    ['job', 'error', 'failed'],
    ['job', 'traning', 'training'],
  ])('names the state of a %s that %s means', async (kind, until, meant) => {
    const { call, world } = await startHarness({ clouds: ['volt'] });
    const { structured } = await call('wait_for', { ref: `volt:${kind}:x`, until });
    expect(structured.error?.code).toBe('invalid_input');
    expect(structured.error?.hint).toMatch(new RegExp(`\\b${meant}\\?`));
    expect([...world.requests]).toEqual([]);
  });

  it('waits for the end of a job, and for a phase of it', async () => {
    const { call, world } = await startHarness({ elicit: agrees, clouds: ['volt'] });
    const { ref } = (await call('submit_finetune', TEXT_JOB)).structured.job!;
    const id = idIn(ref);
    const training = await call('wait_for', { ref, until: ' TRAINING', timeout_seconds: 600 });
    expect(training.structured).toMatchObject({ reached: true, state: 'training' });
    const timeout = await call('wait_for', { ref, timeout_seconds: 30 });
    expect(timeout.structured).toMatchObject({ state: 'training', reached: false, timed_out: true });
    world.setJobStatus(id, 'node_training_failure');
    const failed = await call('wait_for', { ref });
    expect(failed.structured).toMatchObject({ reached: true, state: 'failed', timed_out: false });
    expect(failed.structured.message).toContain('node_training_failure');
    const wrong = await call('wait_for', { ref, until: 'training' });
    expect(wrong.structured).toMatchObject({ reached: false, timed_out: false });
  });

  it('leaves nothing behind when it is cancelled', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const id = outsider(harness, 'slow', 'stopped');
    const stop = new AbortController();
    const waiting = harness.call(
      'wait_for',
      { ref: `volt:pod:${id}`, timeout_seconds: 600 },
      { signal: stop.signal, onProgress: () => stop.abort() },
    );
    await expect(waiting).rejects.toThrow();
    await expect.poll(() => harness.runtime.poller.lists()).toBe(0);
    expect(harness.time.pending()).toBe(0);
  });

  it('goes on through failing polls, and reports the last failure at the time-out', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const { world, call } = harness;
    const id = outsider(harness, 'hidden', 'stopped');
    const rest = { cloud: 'volt', path: '/pods', skip: 1, times: 1000 } as const;
    world.faults.add({ ...rest, kind: 'error_before', status: 500 });
    const progress: string[] = [];
    const { structured } = await call(
      'wait_for',
      { ref: `volt:pod:${id}`, timeout_seconds: 60 },
      { onProgress: (line) => progress.push(line) },
    );
    expect(structured).toMatchObject({ state: 'stopped', timed_out: true });
    for (const text of [structured.message, progress.at(-1)]) expect(text).toContain('upstream_error');
  });

  it('ends with an error that no later poll can mend', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const id = outsider(harness, 'x', 'stopped');
    harness.world.faults.add({ cloud: 'volt', path: '/pods', kind: 'error_before', status: 401, times: 9 });
    const { structured } = await harness.call('wait_for', { ref: `volt:pod:${id}`, timeout_seconds: 600 });
    expect(structured.error).toMatchObject({ code: 'unauthorized' });
  });

  it('serves many waits with the same polls', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const ids = Array.from({ length: 4 }, (_, n) => outsider(harness, `p${n}`, 'deploying'));
    const before = harness.world.requests.length;
    const answers = await Promise.all(ids.map((id) => harness.call('wait_for', { ref: `volt:pod:${id}` })));
    expect(answers.map(({ structured }) => structured.reached)).toEqual([true, true, true, true]);
    const lists = lines(harness.world.requests, before).filter((line) => line === 'GET /pods');
    expect(lists.length).toBeLessThanOrEqual(9);
  });
});
