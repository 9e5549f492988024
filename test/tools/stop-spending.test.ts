import { describe, expect, it } from 'vitest';
import { WORST } from '../../src/tools/stop-spending-things.ts';
import { dollarsIn, naming, quotesIn, refsIn, toolsIn } from '../facts.ts';
import { agrees, consentOf, startHarness, TEXT_JOB, VOLT_POD } from '../harness.ts';
import { auditOf, BOTH, endsOf, withThings } from './spending.ts';

describe('stop_spending', () => {
  it('stops everything by one question, with an order and an audit line for each thing', async () => {
    const harness = await startHarness({ elicit: agrees, config: BOTH });
    const { one, two, box, job } = await withThings(harness);
    const { asked, call, writes } = harness;
    const before = writes().length;
    const { structured, isError, text } = await call('stop_spending', { all: true, how: 'stop' });
    expect(isError, text).toBe(false);
    const question = asked.at(-1) ?? '';
    expect(quotesIn(question)).toContain('stop 4');
    expect(question).toMatch(/0\.34 \| 0\.00/);
    expect(question).toMatch(/0\.49 \|\s+0\.49/);
    expect(endsOf(structured)).toEqual(
      [
        [one, 'done'],
        [two, 'done'],
        [box, 'done'],
        [job, 'done'],
      ].toSorted(),
    );
    expect(writes()).toHaveLength(before + 4);
    const lines = await auditOf(harness);
    expect(lines.map(({ ref, answer, outcome }) => [ref, answer, outcome]).toSorted()).toEqual(
      [one, two, box, job].map((ref) => [ref, 'person', 'done']).toSorted(),
    );
  });

  it('ends what was shown, and nothing that came later', async () => {
    const harness = await startHarness({ config: BOTH });
    const { call, world } = harness;
    const one = world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' });
    const plan = await call('stop_spending', { all: true, how: 'delete' });
    expect(plan.structured.confirmation?.reply).toBe('delete 1');
    const two = world.addPod('volt', { name: 'two', machine_id: 'mach_rtx3090_01' });
    const done = await call('stop_spending', { all: true, how: 'delete', ...consentOf(plan) });
    expect(endsOf(done.structured)).toEqual([[`volt:pod:${one}`, 'done']]);
    expect(world.pods.list().map(({ id }) => id)).toEqual([two]);
    const again = await call('stop_spending', { all: true, how: 'delete', ...consentOf(plan) });
    expect(again.structured).toMatchObject({ repeated: true });
    expect(world.pods.list()).toHaveLength(1);
  });

  it('leaves alone what is stopped, and says what it still costs', async () => {
    const harness = await startHarness({ config: BOTH });
    const { call, world } = harness;
    world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' });
    world.addPod('nebula', { name: 'box', product_id: 'prd-ca-a6000-1', state: 'Stopped' });
    const { structured } = await call('stop_spending', { all: true, how: 'stop' });
    expect(structured.plan?.challenge).toBe('stop 1');
    expect(structured.plan?.consequences.at(-1)).toMatch(/nebula:pod:.*\bstopped\b.*\$0\.49\/h/);
  });

  it('keeps what was left alone in the result, with what it still costs', async () => {
    const harness = await startHarness({ config: BOTH });
    const { call, world } = harness;
    const one = `volt:pod:${world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' })}`;
    const box = `nebula:pod:${world.addPod('nebula', { name: 'box', product_id: 'prd-ca-a6000-1', state: 'Stopped' })}`;
    const plan = await call('stop_spending', { all: true, how: 'stop' });
    const { structured } = await call('stop_spending', { all: true, how: 'stop', ...consentOf(plan) });
    expect(endsOf(structured)).toEqual(
      [
        [one, 'done'],
        [box, 'nothing_to_do'],
      ].toSorted(),
    );
    expect(refsIn(structured.message)).toEqual([box]);
    expect(dollarsIn(structured.message)).toEqual([0.49]);
    expect(toolsIn(String(structured.next))).toEqual(['get_spend']);
  });

  it('returns its outcome again for the names of the things that it ended', async () => {
    const { call, world, writes } = await startHarness({ config: BOTH });
    const refs = ['one', 'two'].map(
      (name) => `volt:pod:${world.addPod('volt', { name, machine_id: 'mach_rtx3090_01' })}`,
    );
    const plan = await call('stop_spending', { refs, how: 'delete' });
    const done = await call('stop_spending', { refs, how: 'delete', ...consentOf(plan) });
    expect(done.structured.status, done.text).toBe('done');
    const sent = writes().length;
    const again = await call('stop_spending', { refs: ['one', 'two'], how: 'delete', ...consentOf(plan) });
    expect(again.structured, again.text).toMatchObject({ status: 'done', repeated: true });
    expect(endsOf(again.structured)).toEqual(endsOf(done.structured));
    const other = await call('stop_spending', { refs: ['one', 'three'], how: 'delete', ...consentOf(plan) });
    expect(other.structured.error?.code).toBe('invalid_input');
    expect(other.structured.error?.message).toMatch(/^refs: .*"three"/);
    expect(writes()).toHaveLength(sent);
  });

  it.each([
    ['stop', WORST.unrefunded],
    ['delete', WORST.all_unrefunded],
  ] as const)('%s of a job is called permanent in the first lines', async (how, worst) => {
    const harness = await startHarness({ elicit: agrees, config: BOTH });
    const { one, job } = await withThings(harness);
    harness.world.setJobStatus(job.split(':')[2] ?? '', 'training');
    await harness.call('stop_spending', { refs: [one, job], how });
    expect(harness.asked.at(-1)?.split('\n').slice(0, 3).join(' ')).toContain(worst);
  });

  it.each([
    ['deploying', naming('provisioning', '$0.19/h', 'wait_for', 'until=running')],
    ['deleting', /volt:pod:/],
  ])('a pod that is %s cannot be stopped, and the error shows why', async (state, why) => {
    const { call, world } = await startHarness({ config: BOTH });
    const one = world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' });
    world.setPodState('volt', one, state);
    const { structured } = await call('stop_spending', { refs: [`volt:pod:${one}`], how: 'stop' });
    expect(structured.error).toMatchObject({ code: 'wrong_state', message: expect.stringMatching(why) });
  });

  it('asks again with the new plan if a refund is gone meanwhile', async () => {
    const plain = await startHarness({ elicit: agrees, config: BOTH });
    const { job } = await withThings(plain);
    const second = await plain.connect();
    const plan = await second.call('stop_spending', { refs: [job], how: 'stop' });
    plain.world.setJobStatus(job.split(':')[2] ?? '', 'training');
    const { structured } = await second.call('stop_spending', {
      refs: [job],
      how: 'stop',
      ...consentOf(plan),
    });
    expect(structured).toMatchObject({ status: 'confirmation_required' });
    expect(structured.changes?.[0]).toMatch(/\bfull\b.*\bnone\b/);
    expect(plain.world.jobs.list()[0]?.status).toBe('training');
  });

  it('refuses when nothing is live', async () => {
    const { call } = await startHarness({ config: BOTH });
    const { structured } = await call('stop_spending', { all: true, how: 'stop' });
    expect(structured.error?.code).toBe('wrong_state');
  });

  it('refuses `all` when a cloud cannot be read, and takes refs then', async () => {
    const harness = await startHarness({ elicit: agrees, config: BOTH });
    const { one } = await withThings(harness);
    harness.world.faults.add({ cloud: 'nebula', kind: 'error_before', status: 502, times: 100 });
    const all = await harness.call('stop_spending', { all: true, how: 'stop' });
    expect(all.structured.error).toMatchObject({
      code: 'upstream_unavailable',
      cloud: 'nebula',
      hint: expect.stringMatching(/\brefs\b/),
    });
    const { structured } = await harness.call('stop_spending', { refs: [one], how: 'stop' });
    expect(endsOf(structured)).toEqual([[one, 'done']]);
  });

  it.each([
    [{ how: 'stop' }, /^refs, all: /],
    [{ how: 'stop', all: true, refs: ['volt:pod:x'] }, /^refs, all: /],
    [{ how: 'stop', refs: ['volt:machine:x'] }, /^refs\b/],
    [{ all: true }, /^how: /],
  ])('refuses %j before anything is sent', async (args, message) => {
    const { call, world } = await startHarness({ config: BOTH });
    const { structured } = await call('stop_spending', args);
    expect(structured.error?.code).toBe('invalid_input');
    expect(structured.error?.message).toMatch(message);
    expect([...world.requests]).toEqual([]);
  });

  it('with --confirm token removes what this server made, and nothing else', async () => {
    const harness = await startHarness({ config: { ...BOTH, GPU_MCP_CONFIRM: 'token' } });
    const { call, world } = harness;
    const other = `volt:pod:${world.addPod('volt', { name: 'other', machine_id: 'mach_rtx3090_01' })}`;
    const refused = await call('stop_spending', { refs: [other], how: 'delete' });
    expect(refused.structured.error?.code).toBe('confirmation_required');
    const plan = await call('stop_spending', { refs: [other], how: 'stop' });
    const token = plan.structured.confirmation?.token;
    const done = await call('stop_spending', { refs: [other], how: 'stop', confirmation_token: token });
    expect(endsOf(done.structured)).toEqual([[other, 'done']]);
  });
});

describe('dry_run', () => {
  it('shows the plan of stop_spending and asks no one', async () => {
    const harness = await startHarness({ elicit: agrees, config: BOTH });
    const { one } = await withThings(harness);
    const asked = harness.asked.length;
    const before = harness.writes().length;
    const { structured, isError } = await harness.call('stop_spending', {
      refs: [one],
      how: 'stop',
      dry_run: true,
    });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({ status: 'dry_run', plan: { challenge: 'stop 1' } });
    expect(structured.confirmation).toBeUndefined();
    expect(harness.asked).toHaveLength(asked);
    expect(harness.writes()).toHaveLength(before);
  });

  it.each([
    ['create_pod', VOLT_POD, { max_usd_per_hour: 0.1 }],
    ['submit_finetune', TEXT_JOB, { max_usd: 1 }],
  ])(
    'shows the plan of %s, or the cap that it breaks, with a token or without',
    async (tool, args, limit) => {
      const { call, asked, writes } = await startHarness({ elicit: agrees, config: BOTH });
      const { structured } = await call(tool, { ...args, dry_run: true });
      expect(structured).toMatchObject({ status: 'dry_run', plan: { action: tool } });
      const over = await call(tool, { ...args, ...limit, dry_run: true });
      expect(over.structured.error?.code).toBe('over_limit');
      expect(asked).toEqual([]);
      expect(writes()).toEqual([]);
      const token = await startHarness({ config: BOTH });
      const plan = await token.call(tool, args);
      await token.call(tool, { ...args, dry_run: true, ...consentOf(plan) });
      expect(token.writes()).toEqual([]);
      const done = await token.call(tool, { ...args, ...consentOf(plan) });
      expect(done.structured.status).toBe('done');
    },
  );
});

it('stop_pod on Nebula says what the pod still costs', async () => {
  const { call, world } = await startHarness({ elicit: agrees });
  const pod = `nebula:pod:${world.addPod('nebula', { name: 'box', product_id: 'prd-ca-a6000-1' })}`;
  const { text } = await call('stop_pod', { pod });
  expect(text).toMatch(/WARNING: .*\$0\.49\/h.*\bdelete_pod\b/);
});
