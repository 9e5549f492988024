import { describe, expect, it } from 'vitest';
import { CHANGE_SAYS } from '../../src/gate/messages.ts';
import type { World } from '../../src/sandbox/world.ts';
import { numbersIn } from '../facts.ts';
import { agrees, challengeOf, startHarness, TARGON_POD, TEXT_JOB, VOLT_POD } from '../harness.ts';

/** A person who agrees, while something happens to the world between the plan and the answer; only the first time. */
async function meanwhile(happens: (world: World) => void, config = {}) {
  let world: World | null = null;
  let happened = false;
  const harness = await startHarness({
    config,
    elicit: (message) => {
      if (world !== null && !happened) happens(world);
      happened = true;
      return challengeOf(message);
    },
  });
  world = harness.world;
  return harness;
}

describe('after the person agreed and before anything is sent', () => {
  it('a price that rose sends nothing; the new plan is returned, without a token, and asked about again', async () => {
    const { call, writes, asked } = await meanwhile((world) =>
      world.prices.set('volt', 'mach_rtx4090_01', 3.9),
    );
    const order = { ...VOLT_POD, ssh_keys: ['volt:ssh_key:key_abc123'] };
    const { structured, isError, text } = await call('create_pod', order);
    expect(isError).toBe(false);
    expect(structured).toMatchObject({
      status: 'confirmation_required',
      plan: { cost: { usd_per_hour: 3.9 }, challenge: '3.90' },
      changes: [CHANGE_SAYS.change(CHANGE_SAYS.hourly, '$0.39', '$3.90')],
      next: expect.stringContaining('create_pod'),
    });
    expect(text).toContain(structured.next);
    expect(structured.plan?.effects.join(' ')).toContain('"work-laptop" (volt:ssh_key:key_abc123)');
    expect(structured.confirmation).toBeUndefined();
    expect(writes()).toEqual([]);
    expect((await call('create_pod', VOLT_POD)).structured.status).toBe('done');
    expect(asked.map(challengeOf)).toEqual(['0.39', '3.90']);
  });

  it('a stopped instance that counted already is not started at a price that rose', async () => {
    const { call, world, writes, asked } = await meanwhile((now) => {
      for (const instance of now.nebula.instances) instance.price_per_hour = 4.9;
    });
    const pod = `nebula:pod:${world.addPod('nebula', { state: 'Stopped', product_id: 'prd-ca-a6000-1' })}`;
    const { structured } = await call('start_pod', { pod });
    expect(structured).toMatchObject({
      status: 'confirmation_required',
      plan: { challenge: '4.90' },
      changes: [CHANGE_SAYS.change(CHANGE_SAYS.hourly, '$0.49', '$4.90')],
    });
    expect(writes()).toEqual([]);
    expect((await call('start_pod', { pod })).structured.status).toBe('done');
    expect(asked.map(challengeOf)).toEqual(['0.49', '4.90']);
  });

  it('a price that rose above a cap is refused with the arithmetic of the new price', async () => {
    const { call, writes } = await meanwhile(
      (world) => world.prices.set('volt', 'mach_h200_targon_01', 9.99),
      { GPU_MCP_MAX_USD_PER_HOUR: '5' },
    );
    const { structured } = await call('create_pod', TARGON_POD);
    expect(structured).toMatchObject({ status: 'confirmation_required', plan: { challenge: '9.99' } });
    expect(writes()).toEqual([]);
    expect((await call('create_pod', TARGON_POD)).structured.error?.code).toBe('over_limit');
  });

  it('another machine under the same ref is not rented, though it costs no more', async () => {
    const { call, writes } = await meanwhile((now) => {
      for (const machine of now.volt.machines)
        if (machine.id === 'mach_rtx4090_01') machine.gpu_type = 'RTX 3060';
    });
    const { structured } = await call('create_pod', VOLT_POD);
    expect(structured.status).toBe('confirmation_required');
    expect(structured.changes).toEqual([expect.stringMatching(/RTX 4090.* → .*RTX 3060/)]);
    expect(writes()).toEqual([]);
  });

  it('a price that fell goes through at the lower price', async () => {
    const { call } = await meanwhile((world) => world.prices.set('volt', 'mach_rtx4090_01', 0.3));
    expect((await call('create_pod', VOLT_POD)).structured).toMatchObject({
      status: 'done',
      pod: { hourly_cost_usd: 0.3 },
    });
  });

  it('a pod that stopped is not deleted on the old plan', async () => {
    const { call, world, writes } = await meanwhile((now) => {
      for (const { id } of now.pods.list('volt')) now.setPodState('volt', id, 'stopped');
    });
    const pod = `volt:pod:${world.addPod('volt', { name: 'box' })}`;
    const { structured } = await call('delete_pod', { pod });
    expect(structured.status).toBe('confirmation_required');
    expect(structured.changes).toContain(CHANGE_SAYS.change('state', '"running"', '"stopped"'));
    expect(writes()).toEqual([]);
    expect((await call('delete_pod', { pod })).structured.status).toBe('done');
  });

  it('a pod that stopped is not stopped again', async () => {
    const { call, world, writes } = await meanwhile((now) => {
      for (const { id } of now.pods.list('nebula')) now.setPodState('nebula', id, 'Stopped');
    });
    const pod = `nebula:pod:${world.addPod('nebula', {})}`;
    expect((await call('stop_pod', { pod })).structured.error?.code).toBe('wrong_state');
    expect(writes()).toEqual([]);
  });

  it('a pod that someone started gets no new volume', async () => {
    const { call, world, writes } = await meanwhile((now) => {
      for (const { id } of now.pods.list('volt')) now.setPodState('volt', id, 'running');
    });
    const pod = `volt:pod:${world.addPod('volt', { state: 'stopped' })}`;
    const { structured } = await call('update_pod', { pod, volume_gb: 200 });
    expect(structured.error?.code).toBe('wrong_state');
    expect(writes()).toEqual([]);
  });

  it('a pod that is gone is reported as gone', async () => {
    const { call, world, writes } = await meanwhile((now) => {
      now.volt.pods = [];
    });
    const pod = `volt:pod:${world.addPod('volt', { state: 'stopped' })}`;
    expect((await call('start_pod', { pod })).structured.error?.code).toBe('not_found');
    expect(writes()).toEqual([]);
  });

  it('a machine that sold out is reported as sold out', async () => {
    const { call, writes } = await meanwhile((now) => now.stock.set('volt', 'mach_rtx4090_01', 0));
    expect((await call('create_pod', VOLT_POD)).structured.error?.code).toBe('wrong_state');
    expect(writes()).toEqual([]);
  });

  it('a job that went to training is not cancelled on the promise of a refund', async () => {
    const { call, world, writes, connect } = await meanwhile((now) => {
      for (const { id } of now.jobs.list()) now.setJobStatus(id, 'training');
    });
    const other = await connect(agrees);
    const { structured: before } = await other.call('submit_finetune', TEXT_JOB);
    for (const { id } of world.jobs.list()) world.setJobStatus(id, 'looking_for_nodes');
    const { structured } = await call('cancel_job', { job: before.job?.ref });
    expect(structured.status).toBe('confirmation_required');
    expect(structured.changes).toEqual([
      'raw_state: "looking_for_nodes" → "training"',
      'refund: "full" → "none"',
    ]);
    expect(writes().filter(({ method }) => method === 'DELETE')).toEqual([]);
    expect(world.ledger.balance('volt')).toBe(1000 - 55.5);
  });

  it('a job that starts training while the cancellation is under way is reported without a refund', async () => {
    const { call, world, connect } = await meanwhile(() => {});
    const other = await connect(agrees);
    const { structured: before } = await other.call('submit_finetune', TEXT_JOB);
    const { record } = world.requests;
    world.requests.record = (request) => {
      if (request.method === 'DELETE')
        for (const { id } of world.jobs.list()) world.setJobStatus(id, 'training');
      return record(request);
    };
    const { structured } = await call('cancel_job', { job: before.job?.ref });
    expect(structured).toMatchObject({ status: 'done', job: { state: 'cancelled' } });
    expect(numbersIn(structured.message)).not.toContain(55.5);
    expect((await call('get_job', { job: before.job?.ref })).structured.job).not.toHaveProperty(
      'refunded_usd',
    );
    expect(world.ledger.entries.map(({ kind }) => kind)).toEqual(['debit']);
    const { spend } = (await call('get_spend')).structured;
    expect(spend?.last_30_days).toMatchObject({ debits_usd: 55.5, refunds_usd: 0 });
  });

  it('no change lets it through as it was agreed', async () => {
    const { call, world, asked } = await meanwhile(() => {});
    const pod = `volt:pod:${world.addPod('volt', { name: 'box' })}`;
    expect((await call('delete_pod', { pod })).structured.status).toBe('done');
    expect(asked).toHaveLength(1);
  });
});
