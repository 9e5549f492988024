import { describe, expect, it } from 'vitest';
import { numbersIn } from '../facts.ts';
import { agrees, type Harness, startHarness, VOLT_POD } from '../harness.ts';

const withCap = (usd: string) => startHarness({ elicit: agrees, config: { GPU_MCP_MAX_USD_PER_HOUR: usd } });

/** The cloud says from now on that this pod costs nothing. */
function makeFree({ world }: Harness, id: string): string {
  for (const pod of world.volt.pods) if (pod.id === id) pod.cost_per_hour = 0;
  for (const one of world.nebula.instances) if (one.id === id) one.price_per_hour = 0;
  return id;
}

const burnOf = async ({ call }: Harness) => (await call('get_spend')).structured.spend;
const order = ({ call }: Harness, name = 'second') => call('create_pod', { ...VOLT_POD, name });

describe('a live pod for which the cloud reports a price of 0', () => {
  it('counts at the highest present offer of such GPUs, and get_spend says so', async () => {
    const harness = await withCap('0.5');
    makeFree(harness, harness.world.addPod('volt', { machine_id: 'mach_rtx4090_02' }));
    const spend = await burnOf(harness);
    expect(spend?.usd_per_hour).toBe(0.39);
    expect(spend?.pods[0]?.note).toContain('$0.39/h');
    const { structured } = await order(harness);
    expect(structured.error?.code).toBe('over_limit');
    expect(numbersIn(structured.error?.message)).toEqual([0.39, 0.39, 0.78, 0.5]);
    expect(harness.writes()).toEqual([]);
  });

  it('counts at the price that was agreed to when it is of an order of ours', async () => {
    const harness = await withCap('0.74');
    const made = await harness.call('create_pod', { ...VOLT_POD, machine: 'volt:machine:mach_rtx4090_02' });
    const id = made.structured.pod?.ref.split(':')[2] ?? '';
    makeFree(harness, id);
    expect(harness.world.pods.get('volt', id)?.usd_per_hour).toBe(0);
    harness.world.clock.advance(60);
    expect((await burnOf(harness))?.usd_per_hour).toBe(0.34);
    expect((await order(harness)).structured.status).toBe('done');
    expect((await order(harness, 'third')).structured.error?.code).toBe('over_limit');
  });

  it('lets nothing be rented when neither is known: the refusal names the pod', async () => {
    const harness = await withCap('25');
    const id = makeFree(harness, harness.world.addPod('volt', {}));
    for (const pod of harness.world.volt.pods) pod.gpu_type = 'Prototype X';
    const { structured } = await order(harness);
    expect(structured.error).toMatchObject({
      code: 'over_limit',
      message: expect.stringContaining(`volt:pod:${id}`),
    });
    expect(harness.writes()).toEqual([]);
  });

  it('counts on Nebula, too', async () => {
    const harness = await withCap('25');
    makeFree(harness, harness.world.addPod('nebula', { product_id: 'prd-ca-a6000-1' }));
    expect((await burnOf(harness))?.usd_per_hour).toBeGreaterThanOrEqual(0.49);
  });

  it('is free while it is stopped on Volt', async () => {
    const harness = await withCap('0.5');
    makeFree(harness, harness.world.addPod('volt', { state: 'stopped' }));
    expect((await burnOf(harness))?.usd_per_hour).toBe(0);
    expect((await order(harness)).structured.status).toBe('done');
  });
});
