import { describe, expect, it } from 'vitest';
import { MAY_BILL_NOTE, RATE, STOPPED_NOTE, WARNINGS } from '../../../src/clouds/volt/notes.ts';
import * as doc from './documented.ts';
import { answer, fakeVolt, io } from './fake.ts';

/** The rate of one pod row, and how often machines were read for it. */
async function rateOf(fields: Record<string, unknown>, machines: unknown = doc.MACHINES) {
  const { volt, sent } = fakeVolt({
    'GET /pods': { pods: [{ ...doc.LIST_PODS.pods[0], ...fields }] },
    'GET /machines': machines,
  });
  const [rate] = await volt.pods.rates(io(), await volt.pods.list(io()));
  return { rate, reads: sent.filter(({ route }) => route === 'GET /machines').length };
}

describe('rates', () => {
  it('of a pod with one GPU is what the cloud reports, without reading machines', async () => {
    expect(await rateOf({})).toEqual({
      rate: { ref: 'volt:pod:pod_abc123', usd_per_hour: 0.39, usd_per_hour_max: 0.39, note: null },
      reads: 0,
    });
  });

  it.each(['stopped', 'exited'])('%s costs nothing for the GPU, and storage may cost', async (status) => {
    const { rate, reads } = await rateOf({ status, gpu_count: 8 });
    expect(rate).toMatchObject({ usd_per_hour: 0, usd_per_hour_max: 0 });
    expect(rate?.note).toBe(STOPPED_NOTE);
    expect(reads).toBe(0);
  });

  it.each(['failed', 'frozen'])('%s may be billed', async (status) => {
    const { rate } = await rateOf({ status });
    expect(rate).toMatchObject({ usd_per_hour: 0.39, usd_per_hour_max: 0.39 });
    expect(rate?.note).toBe(MAY_BILL_NOTE);
  });

  it('unknown price and unknown count stay unknown', async () => {
    expect((await rateOf({ cost_per_hour: null })).rate).toMatchObject({
      usd_per_hour: null,
      usd_per_hour_max: null,
    });
    expect((await rateOf({ gpu_count: null })).rate).toMatchObject({
      usd_per_hour: 0.39,
      usd_per_hour_max: null,
    });
  });

  it.each([
    ['one GPU, exactly', 0.39, 4, 1.56],
    ['one GPU, 59 % more expensive', 0.62, 2, 1.24],
    ['one GPU of eight, nearer to one than to all', 1.05, 8, 8.4],
    ['two GPUs, exactly', 0.78, 2, 0.78],
    ['two GPUs, a little cheaper', 0.7, 2, 0.7],
    ['eight GPUs', 3.12, 8, 3.12],
  ])('reported as %s', async (_name, cost_per_hour, gpu_count, max) => {
    const { rate, reads } = await rateOf({ cost_per_hour, gpu_count });
    expect(rate).toMatchObject({ usd_per_hour: cost_per_hour, usd_per_hour_max: max });
    expect(rate?.note === null).toBe(max === cost_per_hour);
    expect(reads).toBe(1);
  });

  it('shows both readings with the present price', async () => {
    const { rate } = await rateOf({ gpu_count: 4 });
    expect(rate?.note).toBe(RATE.ambiguous(0.39, 4, 1.56, 0.39));
  });

  it.each([
    ['no such GPU is on offer', { machines: [], total: 0 }],
    ['machines cannot be read', answer(500, { error: true, status: 500, message: 'x', code: 'INTERNAL' })],
  ])('takes the upper reading if %s', async (_name, machines) => {
    const { rate } = await rateOf({ cost_per_hour: 3.12, gpu_count: 8 }, machines);
    expect(rate).toMatchObject({ usd_per_hour: 3.12, usd_per_hour_max: 24.96 });
    expect(rate?.note).toBe(RATE.ambiguous(3.12, 8, 24.96, null));
  });

  it('a pod of several GPUs says itself that its price has two readings', async () => {
    const { volt } = fakeVolt({ 'GET /pods': { pods: [{ ...doc.LIST_PODS.pods[0], gpu_count: 2 }] } });
    const [pod] = await volt.pods.list(io());
    expect(pod?.warnings).toContain(WARNINGS.price_of(0.39, 2));
  });
});
