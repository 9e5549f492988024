import { describe, expect, it } from 'vitest';
import { FROM_LIST } from '../../src/clouds/volt/notes.ts';
import { SOLD_OUT } from '../../src/tools/machines.ts';
import { quotesIn } from '../facts.ts';
import { agrees, startHarness } from '../harness.ts';

describe('a Volt whose detail names neither pod nor price', () => {
  const drifted = async (elicit = agrees) => {
    const harness = await startHarness({ elicit });
    harness.world.drift.volt_detail_uid = true;
    const id = harness.world.addPod('volt', { name: 'box' });
    return { ...harness, pod: `volt:pod:${id}` };
  };

  it('is completed from the list: name, price and address', async () => {
    const { call, pod } = await drifted();
    const { structured } = await call('get_pod', { pod });
    expect(structured.pod).toMatchObject({
      ref: pod,
      name: 'box',
      state: 'running',
      gpu_model: 'RTX 4090',
      hourly_cost_usd: 0.39,
    });
    expect(structured.pod?.ssh_command).toMatch(/^ssh root@/);
    expect(structured.pod?.warnings).toContain(FROM_LIST);
  });

  it('can be stopped and started again, at a price that is shown', async () => {
    const { call, pod, world, asked } = await drifted();
    expect((await call('stop_pod', { pod })).structured.status).toBe('done');
    world.clock.advance(120);
    const { structured, text } = await call('start_pod', { pod });
    expect(structured.status, text).toBe('done');
    expect(quotesIn(asked[1])).toContain('box');
    expect(quotesIn(asked[1]).at(-1)).toBe('0.39');
  });

  it('is deleted by its name', async () => {
    const { call, pod, asked } = await drifted();
    expect((await call('delete_pod', { pod })).structured.status).toBe('done');
    expect(quotesIn(asked[0]).at(-1)).toBe('box');
  });

  it('stays without them when the list cannot be read', async () => {
    const { call, pod, world } = await drifted();
    world.drift.volt_list_shape = 'empty_object';
    const { structured } = await call('get_pod', { pod });
    expect(structured.pod).toMatchObject({ ref: pod, state: 'running' });
    expect(structured.pod).not.toHaveProperty('name');
    expect(structured.pod).not.toHaveProperty('hourly_cost_usd');
  });
});

describe('machines that are priced as a whole', () => {
  it('are listed with that price', async () => {
    const { call, world } = await startHarness({ clouds: ['volt'] });
    world.drift.volt_machine_rows = true;
    const { text } = await call('list_machines', { gpu: 'h200', available_only: false });
    expect(text).toMatch(
      new RegExp(`mach_h200_targon_01 \\| NVIDIA-H200 \\| 2\\.40 \\| .*\\b${SOLD_OUT}\\b`),
    );
  });
});

describe('a thing that Nebula does not know', () => {
  it.each([
    ['get_pod', { pod: 'nebula:pod:none' }, 'list_pods'],
    ['rename_ssh_key', { ssh_key: 'nebula:ssh_key:999', name: 'x' }, 'list_ssh_keys'],
    ['download_invoice', { invoice: 'nebula:invoice:9' }, 'list_invoices'],
  ])('%s names its ref and the tool that lists such things', async (tool, args, list) => {
    for (const nebula_not_found_404 of [false, true]) {
      const { call, world } = await startHarness({ elicit: agrees });
      world.drift.nebula_not_found_404 = nebula_not_found_404;
      const { structured } = await call(tool, args);
      expect(structured.error).toMatchObject({ code: 'not_found', cloud: 'nebula' });
      expect(structured.error?.message).toContain(Object.values(args)[0]);
      expect(structured.error?.hint).toContain(list);
    }
  });
});
