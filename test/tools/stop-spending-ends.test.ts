import { describe, expect, it } from 'vitest';
import { createJob } from '../../src/sandbox/volt/jobs.ts';
import { consequencesOf, JOBS_OFF, type Thing } from '../../src/tools/stop-spending-things.ts';
import { dollarsIn, quotesIn } from '../facts.ts';
import { agrees, consentOf, startHarness } from '../harness.ts';
import { fakeCloud } from './fake-context.ts';
import { pod } from './fake-pods.ts';
import { auditOf, BOTH, endsOf, withThings } from './spending.ts';

describe('the outcome of stop_spending', () => {
  it('goes on when one thing fails, and reports each', async () => {
    const harness = await startHarness({ elicit: agrees, config: BOTH });
    const { one, two, box, job } = await withThings(harness);
    harness.world.faults.add({
      cloud: 'volt',
      method: 'POST',
      path: `/pods/${one.split(':')[2]}/stop`,
      kind: 'error_before',
      status: 400,
    });
    const { structured } = await harness.call('stop_spending', { refs: [one, two, box, job], how: 'stop' });
    expect(Object.fromEntries(endsOf(structured))).toEqual({
      [one]: 'failed',
      [two]: 'done',
      [box]: 'done',
      [job]: 'done',
    });
    const lines = await auditOf(harness);
    expect(lines.find(({ ref }) => ref === one)?.outcome).not.toBe('done');
    expect(lines).toHaveLength(4);
  });

  it('says which outcome is unknown, and claims nothing', async () => {
    const harness = await startHarness({ elicit: agrees, config: BOTH });
    const { one, two } = await withThings(harness);
    harness.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods/*/stop', kind: 'drop_before' });
    const { structured } = await harness.call('stop_spending', { refs: [one, two], how: 'stop' });
    expect(
      endsOf(structured)
        .map(([, outcome]) => outcome)
        .toSorted(),
    ).toEqual(['done', 'unknown']);
    expect(structured.message).toMatch(/\b1 of 2\b.*\b1 outcome\b/);
  });

  it('takes nothing for gone that is listed, even if one reply is "not found"', async () => {
    const harness = await startHarness({ elicit: agrees, config: BOTH });
    const { one, job } = await withThings(harness);
    const lost = { cloud: 'volt', method: 'GET', kind: 'error_before', status: 404, skip: 1 } as const;
    for (const path of [`/pods/${one.split(':')[2]}`, `/fine-tuning/${job.split(':')[2]}`])
      harness.world.faults.add({ ...lost, path });
    const { structured } = await harness.call('stop_spending', { refs: [one, job], how: 'stop' });
    expect(Object.fromEntries(endsOf(structured))).toEqual({ [one]: 'done', [job]: 'done' });
  });

  it('is an error when nothing took effect', async () => {
    const harness = await startHarness({ elicit: agrees, config: BOTH });
    const { one } = await withThings(harness);
    harness.world.faults.add({ cloud: 'volt', method: 'DELETE', kind: 'drop_before' });
    const { structured, isError } = await harness.call('stop_spending', { refs: [one], how: 'delete' });
    expect(isError).toBe(true);
    expect(structured.error).toMatchObject({ code: 'outcome_unknown', candidates: [one] });
  });

  it('reports a thing that cannot be read before sending as failed, and is an error if none can be read', async () => {
    const harness = await startHarness({ config: BOTH });
    const { call, world, writes } = harness;
    const [one, two] = ['one', 'two'].map((name) =>
      world.addPod('volt', { name, machine_id: 'mach_rtx3090_01' }),
    );
    const down = (path: string) =>
      world.faults.add({ cloud: 'volt', method: 'GET', path, kind: 'error_before', status: 403, times: 50 });
    const refs = [`volt:pod:${one}`, `volt:pod:${two}`];
    const all = { refs, how: 'delete' };
    const plan = await call('stop_spending', all);
    down('/pods/*');
    const none = await call('stop_spending', { ...all, ...consentOf(plan) });
    expect(none.isError).toBe(true);
    expect(none.structured.error).toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(/^0 of 2\b.*\b2 attempts\b/),
      hint: expect.stringContaining('get_spend'),
    });
    expect(writes()).toEqual([]);
    expect((await auditOf(harness)).map(({ answer, outcome }) => [answer, outcome])).toEqual([
      ['none', 'asked_with_token'],
      ['reported', 'forbidden'],
    ]);
    world.faults.clear();
    const again = await call('stop_spending', all);
    down(`/pods/${one}`);
    const half = await call('stop_spending', { ...all, ...consentOf(again) });
    expect(half.isError).toBe(false);
    expect(endsOf(half.structured)).toEqual(
      [
        [refs[0], 'failed'],
        [refs[1], 'done'],
      ].toSorted(),
    );
    expect(half.structured.message).toMatch(/^1 of 2\b.*\b1 attempt\b/);
  });

  it('leaves one audit line when everything ended before the consent was used', async () => {
    const harness = await startHarness({ config: BOTH });
    const { call, world } = harness;
    const one = `volt:pod:${world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' })}`;
    const plan = await call('stop_spending', { refs: [one], how: 'stop' });
    world.setPodState('volt', one.split(':')[2] ?? '', 'stopped');
    const { structured, isError } = await call('stop_spending', {
      refs: [one],
      how: 'stop',
      ...consentOf(plan),
    });
    expect(isError).toBe(false);
    expect(endsOf(structured)).toEqual([[one, 'nothing_to_do']]);
    expect((await auditOf(harness)).map(({ outcome }) => outcome)).toEqual([
      'asked_with_token',
      'nothing_to_do',
    ]);
  });
});

it('a sum with an unknown price in it is unknown', () => {
  const at = fakeCloud('nebula', {});
  const thing = (id: string, usd_per_hour: number | null): Thing => ({
    kind: 'pod',
    at,
    ref: `nebula:pod:${id}`,
    pod: pod('nebula', id),
    rate: { ref: `nebula:pod:${id}`, usd_per_hour, usd_per_hour_max: usd_per_hour, note: null },
  });
  expect(consequencesOf([thing('a', 0.5), thing('b', 0.25)], 'stop').flatMap(dollarsIn)).toContain(0.75);
  const unsure = consequencesOf([thing('a', 0.5), thing('b', null)], 'stop');
  expect(unsure.flatMap(dollarsIn)).toEqual([]);
  expect(unsure.join(' ')).toMatch(/\bunknown\b/);
});

it('the question says in its first three lines what ends, what that saves, the worst, and what to type', async () => {
  const asked: string[] = [];
  const { call, world } = await startHarness({
    elicit: (message) => {
      asked.push(message);
      return { action: 'decline' };
    },
  });
  const wanted = { taskType: 'text', model: 'meta-llama/Llama-3.1-8B', dsRepo: 'me/qa', hours: 2 } as const;
  createJob(world, { ...wanted, name: 'tune' }, 0);
  world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' });
  world.addPod('nebula', { name: 'box', product_id: 'prd-ca-a6000-1' });
  await call('stop_spending', { all: true, how: 'stop' });
  const [what = '', worst, type] = asked[0]?.split('\n') ?? [];
  expect(dollarsIn(what)).toEqual([0.68, 0.49, 55.5]);
  expect(what).toMatch(/\b2 pods\b.*\b1 job\b/);
  expect(what.length).toBeLessThanOrEqual(80);
  expect(worst).toMatch(/^Permanent/);
  expect(quotesIn(type)).toEqual(['stop 3']);
});

it('without the toolset of jobs it neither lists nor cancels jobs, and says so', async () => {
  const { call, world, writes } = await startHarness({
    config: { GPU_MCP_RESULTS: 'both', GPU_MCP_TOOLSETS: 'pods,billing' },
  });
  const wanted = { taskType: 'text', model: 'meta-llama/Llama-3.1-8B', dsRepo: 'me/qa', hours: 2 } as const;
  const job = createJob(world, { ...wanted, name: 'tune' }, 0);
  const id = world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' });
  const plan = await call('stop_spending', { all: true, how: 'stop' });
  expect(plan.text).toContain(JOBS_OFF);
  await call('stop_spending', { all: true, how: 'stop', ...consentOf(plan) });
  expect(writes().map(({ method, path }) => `${method} ${path}`)).toEqual([`POST /pods/${id}/stop`]);
  for (const ref of [`volt:job:${job.id}`, 'tune'])
    expect((await call('stop_spending', { refs: [ref], how: 'stop' })).isError).toBe(true);
  expect(world.requests.filter(({ path }) => path.startsWith('/fine-tuning'))).toEqual([]);
});
