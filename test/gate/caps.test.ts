import { describe, expect, it } from 'vitest';
import { LEAVE_SETTINGS } from '../../src/core/settings-rule.ts';
import { SAYS } from '../../src/gate/messages.ts';
import { naming, numbersIn } from '../facts.ts';
import { agrees, type Called, NEBULA_POD, startHarness, TARGON_POD, TEXT_JOB, VOLT_POD } from '../harness.ts';

const CHEAP = { ...VOLT_POD, machine: 'volt:machine:mach_rtx4090_02' };
const ends = (answers: Called[]) =>
  answers.map(({ structured }) => structured.error?.code ?? structured.status ?? '').sort();
const all = (n: number, word: string) => Array.from({ length: n }, () => word);

describe('the cap on the burn rate', () => {
  it('counts the pods of both clouds, also those that others started, and shows the arithmetic', async () => {
    const { call, world, asked, writes } = await startHarness({
      elicit: agrees,
      config: { GPU_MCP_MAX_USD_PER_HOUR: '3.20' },
    });
    world.addPod('volt', { machine_id: 'mach_h100_02' });
    world.addPod('nebula', { product_id: 'prd-ca-a6000-1' });
    const { structured, text } = await call('create_pod', VOLT_POD);
    expect(structured.error).toMatchObject({
      code: 'over_limit',
      hint: expect.stringMatching(naming('GPU_MCP_MAX_USD_PER_HOUR (--max-usd-per-hour)', LEAVE_SETTINGS)),
      retryable: false,
    });
    expect(structured.plan?.challenge).toBe('0.39');
    expect(numbersIn(structured.error?.message)).toEqual([3.18, 0.39, 3.57, 3.2]);
    expect(text).toContain(SAYS.nobody_asked);
    expect([asked, writes()]).toEqual([[], []]);
  });

  it('is inclusive: what ends exactly at it is allowed', async () => {
    const { call, world } = await startHarness({
      elicit: agrees,
      config: { GPU_MCP_MAX_USD_PER_HOUR: '3.57' },
    });
    world.addPod('volt', { machine_id: 'mach_h100_02' });
    world.addPod('nebula', { product_id: 'prd-ca-a6000-1' });
    expect((await call('create_pod', VOLT_POD)).structured.status).toBe('done');
  });

  it('counts a stopped Volt pod as nothing and a stopped Nebula one in full', async () => {
    const { call, world } = await startHarness({
      elicit: agrees,
      config: { GPU_MCP_MAX_USD_PER_HOUR: '0.50' },
    });
    const volt = world.addPod('volt', { machine_id: 'mach_h100_02', state: 'stopped' });
    expect((await call('create_pod', VOLT_POD)).structured.status).toBe('done');
    world.setPodState('volt', volt, 'stopped');
    world.addPod('nebula', { product_id: 'prd-ca-a6000-1', state: 'Stopped' });
    const { structured } = await call('create_pod', NEBULA_POD);
    expect(numbersIn(structured.error?.message)).toEqual([0.88, 0.49, 1.37, 0.5]);
  });

  it('counts the start of a stopped Volt pod, and not that of a Nebula one, which is counted already', async () => {
    const { call, world, writes } = await startHarness({
      elicit: agrees,
      config: { GPU_MCP_MAX_USD_PER_HOUR: '2.00' },
    });
    const volt = world.addPod('volt', { machine_id: 'mach_h100_02', state: 'stopped' });
    const nebula = world.addPod('nebula', { product_id: 'prd-ca-h100-1', state: 'Stopped' });
    const over = await call('start_pod', { pod: `volt:pod:${volt}` });
    expect(numbersIn(over.structured.error?.message)).toEqual([1.95, 2.69, 4.64, 2]);
    expect(writes()).toEqual([]);
    expect((await call('start_pod', { pod: `nebula:pod:${nebula}` })).structured.status).toBe('done');
  });

  it('counts a pod that starts billing while the person is reading', async () => {
    let outside = () => {};
    const { call, world, writes } = await startHarness({
      elicit: (message) => {
        outside();
        return agrees(message, { type: 'object', properties: {} }, new AbortController().signal);
      },
      config: { GPU_MCP_MAX_USD_PER_HOUR: '2.70' },
    });
    outside = () => world.addPod('volt', { machine_id: 'mach_h100_02' });
    const { structured } = await call('create_pod', VOLT_POD);
    expect(numbersIn(structured.error?.message)).toEqual([2.69, 0.39, 3.08, 2.7]);
    expect(writes()).toEqual([]);
  });

  it('lets three of ten concurrent orders through when three fit', async () => {
    const { call, world, writes, asked } = await startHarness({
      elicit: agrees,
      config: { GPU_MCP_MAX_USD_PER_HOUR: '1.10' },
    });
    const orders = Array.from({ length: 10 }, (_, n) => call('create_pod', { ...CHEAP, name: `t${n}` }));
    const answers = await Promise.all(orders);
    expect(ends(answers)).toEqual([...all(3, 'done'), ...all(7, 'over_limit')]);
    expect(world.pods.list()).toHaveLength(3);
    expect(writes()).toHaveLength(3);
    // Only results of calls that asked nobody say that nobody was asked.
    const unasked = answers.filter(({ text }) => text.includes(SAYS.nobody_asked));
    expect(unasked).toHaveLength(10 - asked.length);
  });

  it('lets three of ten concurrent orders through when the cloud lists new pods only a minute later', async () => {
    const { call, world } = await startHarness({
      elicit: agrees,
      config: { GPU_MCP_MAX_USD_PER_HOUR: '1.10' },
    });
    world.faults.add({ cloud: 'volt', path: '/pods', kind: 'late_listing', seconds: 60, times: 100 });
    const orders = Array.from({ length: 10 }, (_, n) => call('create_pod', { ...CHEAP, name: `t${n}` }));
    expect(ends(await Promise.all(orders))).toEqual([...all(3, 'done'), ...all(7, 'over_limit')]);
    expect(world.pods.list()).toHaveLength(3);
    const again = await call('create_pod', { ...CHEAP, name: 'later' });
    expect(numbersIn(again.structured.error?.message)).toEqual([1.02, 0.34, 1.36, 1.1]);
  });

  it('holds for ten tokens spent at once, on both clouds together', async () => {
    const { call, world } = await startHarness({ config: { GPU_MCP_MAX_USD_PER_HOUR: '1.30' } });
    const orders = Array.from({ length: 10 }, (_, n) => ({
      ...(n % 2 === 0 ? CHEAP : NEBULA_POD),
      name: `t${n}`,
    }));
    const plans = await Promise.all(orders.map((order) => call('create_pod', order)));
    const spent = orders.map((order, n) =>
      call('create_pod', {
        ...order,
        confirmation_token: plans[n]?.structured.confirmation?.token,
        user_reply: plans[n]?.structured.confirmation?.reply,
      }),
    );
    const codes = ends(await Promise.all(spent));
    const total = world.pods.list().reduce((sum, pod) => sum + pod.usd_per_hour, 0);
    expect(codes.filter((code) => code === 'done')).toHaveLength(world.pods.list().length);
    expect(total).toBeLessThanOrEqual(1.3);
    expect(total).toBeGreaterThan(1.3 - 0.49);
  });

  it('counts the pod that a lost reply may have created', async () => {
    const { call, world, writes } = await startHarness({
      elicit: agrees,
      config: { GPU_MCP_MAX_USD_PER_HOUR: '0.70' },
    });
    world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'drop_before' });
    expect((await call('create_pod', VOLT_POD)).structured.error?.code).toBe('outcome_unknown');
    const next = await call('create_pod', VOLT_POD);
    expect(numbersIn(next.structured.error?.message)).toEqual([0.39, 0.39, 0.78, 0.7]);
    expect(writes()).toHaveLength(1);
  });

  it('has room again after a pod is deleted', async () => {
    const { call } = await startHarness({ elicit: agrees, config: { GPU_MCP_MAX_USD_PER_HOUR: '0.40' } });
    const { structured } = await call('create_pod', VOLT_POD);
    expect((await call('create_pod', VOLT_POD)).structured.error?.code).toBe('over_limit');
    expect((await call('delete_pod', { pod: structured.pod?.ref })).structured.status).toBe('done');
    expect((await call('create_pod', VOLT_POD)).structured.status).toBe('done');
  });
});

describe('a burn rate that cannot be known', () => {
  it('refuses to spend when a cloud cannot be read, and names it', async () => {
    const { call, world, asked, writes } = await startHarness({ elicit: agrees });
    world.faults.add({ path: '/nebula/*', kind: 'error_before', status: 502, times: 1000 });
    const { structured } = await call('create_pod', VOLT_POD);
    expect(structured.error).toMatchObject({
      code: 'over_limit',
      message: expect.stringMatching(/nebula.*upstream_unavailable/),
      hint: expect.stringContaining('get_spend'),
    });
    expect([asked, writes()]).toEqual([[], []]);
  });

  it('still stops and deletes there, because that only lowers it', async () => {
    const { call, world } = await startHarness({ elicit: agrees });
    const id = world.addPod('volt', {});
    world.faults.add({ path: '/nebula/*', kind: 'error_before', status: 502, times: 1000 });
    expect((await call('delete_pod', { pod: `volt:pod:${id}` })).structured.status).toBe('done');
  });
});

describe('the other caps', () => {
  it('count pods: live ones and those about to be', async () => {
    const { call, world, asked } = await startHarness({ elicit: agrees, config: { GPU_MCP_MAX_PODS: '2' } });
    world.addPod('nebula', { state: 'Stopped' });
    expect((await call('create_pod', VOLT_POD)).structured.status).toBe('done');
    const { structured } = await call('create_pod', VOLT_POD);
    expect(structured.error).toMatchObject({
      code: 'over_limit',
      hint: expect.stringMatching(naming('GPU_MCP_MAX_PODS (--max-pods)', LEAVE_SETTINGS)),
    });
    expect(numbersIn(structured.error?.message)).toEqual([2, 1, 2]);
    expect(asked).toHaveLength(1);
  });

  it("respect the caller's own limit on the price, exactly", async () => {
    const { call, asked, writes } = await startHarness({ elicit: agrees });
    const { structured } = await call('create_pod', { ...TARGON_POD, max_usd_per_hour: 2.39 });
    expect(structured.error?.code).toBe('over_limit');
    expect(numbersIn(structured.error?.message)).toEqual([2.4, 2.39]);
    expect([asked, writes()]).toEqual([[], []]);
    const fits = await call('create_pod', { ...TARGON_POD, max_usd_per_hour: 2.4 });
    expect(fits.structured.status).toBe('done');
  });

  it.each([
    [
      '2 h of an 8B model at most 92.50, above the 60 of the user',
      { hours: 2, max_usd: 60 },
      '92.50',
      'max_usd',
    ],
    [
      '3 h of an 8B model at most 138.75, above the cap of 100',
      { hours: 3 },
      '138.75',
      'GPU_MCP_MAX_JOB_USD',
    ],
    [
      '2 h of a model of unknown size at 185.00, above the cap of 100',
      { hours: 2, model: 'microsoft/phi-4' },
      '185.00',
      'GPU_MCP_MAX_JOB_USD',
    ],
  ])('count the most expensive reading of a debit: %s', async (_what, change, most, raise) => {
    const { call, asked, writes, world } = await startHarness({ elicit: agrees });
    const { structured } = await call('submit_finetune', { ...TEXT_JOB, ...change });
    expect(structured.error?.code).toBe('over_limit');
    expect(structured.error?.message).toContain(`$${most}`);
    expect(structured.error?.hint).toContain(raise);
    expect([asked, writes(), world.ledger.entries]).toEqual([[], [], []]);
  });

  it('let a debit through that is exactly at its cap', async () => {
    const { call } = await startHarness({ elicit: agrees, config: { GPU_MCP_MAX_JOB_USD: '92.50' } });
    expect((await call('submit_finetune', TEXT_JOB)).structured.status).toBe('done');
  });

  it('do not refuse a debit because of the burn rate or of a cloud that is down', async () => {
    const { call, world } = await startHarness({ elicit: agrees, config: { GPU_MCP_MAX_USD_PER_HOUR: '0' } });
    world.faults.add({ path: '/nebula/*', kind: 'error_before', status: 502, times: 1000 });
    expect((await call('submit_finetune', TEXT_JOB)).structured.status).toBe('done');
  });
});
