import { describe, expect, it } from 'vitest';
import type { CreateOrder } from '../../src/core/cloud.ts';
import type { Pod } from '../../src/core/model.ts';
import { deletePod, restartPod, startPod, stopPod } from '../../src/tools/pods/acts.ts';
import { createPod } from '../../src/tools/pods/create.ts';

import { dollarsIn, naming, quotesIn, refsIn, toolsIn } from '../facts.ts';
import { call, failureOf, fakeContext, planOf, reconcileAfter } from './fake-context.ts';
import { pod, podCloud } from './fake-pods.ts';

const REF = 'volt:pod:p1';

const ORDER: CreateOrder = {
  body: {},
  summary: '1 x RTX 4090 (Volt, lium)',
  what: 'x',
  worst: 'x',
  cost: {
    usd_per_hour: 0.39,
    usd_upfront: 0,
    usd_upfront_max: 0,
    basis: 'x',
    quoted_at: '2026-11-22T06:00:00Z',
  },
  effects: [],
  consequences: [],
};

describe('stop_pod', () => {
  it('shows no pod when stopping ended the rental', async () => {
    const rows = [pod('volt', 'p1')];
    const cloud = podCloud('volt', rows, {
      stop: async () => {
        rows.pop();
        return { message: null, raw_state: null, notes: [] };
      },
    });
    const { output } = await call(stopPod, { pod: REF }, fakeContext([cloud]));
    expect(output).toMatchObject({ status: 'done' });
    expect(output).not.toHaveProperty('pod');
  });

  it("takes the state of the cloud's reply, and asks nothing more", async () => {
    const cloud = podCloud('volt', [pod('volt', 'p1')], {
      stop: async () => ({ message: null, raw_state: 'STOPPING', state: 'stopping', notes: [] }),
      list: () => Promise.reject(new Error('read again')),
    });
    const { output } = await call(stopPod, { pod: REF }, fakeContext([cloud]));
    expect(output).toMatchObject({ pod: { ref: REF, state: 'stopping' } });
  });

  it('repeats what the cloud says whole, up to 300 characters', async () => {
    const words = `${'Prepaid time left of this pod was credited back to the account. '.repeat(3)}Amount: $3.20`;
    const cloud = podCloud('volt', [pod('volt', 'p1')], {
      stop: async () => ({ message: `${words}.`, raw_state: null, notes: [] }),
    });
    const { output } = await call(stopPod, { pod: REF }, fakeContext([cloud]));
    expect(quotesIn(String(output.message))).toEqual([words]);
  });
});

describe('an action that the state does not allow', () => {
  const hint = async (tool: typeof startPod, state: Pod['state']) => {
    const ctx = fakeContext([
      podCloud('volt', [pod('volt', 'p1', { state })], { restart: podCloud('volt', []).pods.stop }),
    ]);
    const error = await failureOf(planOf(tool, { pod: REF }, ctx));
    expect(error.code).toBe('wrong_state');
    return toolsIn(error.hint);
  };

  it('names wait_for only if the pod changes its state by itself', async () => {
    expect(await hint(startPod, 'stopping')).toEqual(['wait_for', 'get_pod']);
    expect(await hint(stopPod, 'provisioning')).toEqual(['wait_for', 'get_pod']);
    expect(await hint(startPod, 'running')).toEqual([]);
    expect(await hint(stopPod, 'stopped')).toEqual([]);
    expect(await hint(restartPod, 'stopped')).toEqual(['start_pod']);
    expect(await hint(deletePod, 'deleting')).toEqual(['list_pods']);
  });
});

describe('start_pod', () => {
  it('takes the pod from the list that the caps need, and reads it by itself if that list may lag behind', async () => {
    const read: string[] = [];
    const now = pod('volt', 'p1', { state: 'stopped' });
    const plannedFrom = async (listed: Pod) => {
      const get = async () => {
        read.push(listed.state);
        return now;
      };
      const planned = await planOf(
        startPod,
        { pod: REF },
        fakeContext([podCloud('volt', [listed], { get })]),
      );
      return planned.facts.state;
    };
    expect(await plannedFrom(now)).toBe('stopped');
    expect(await plannedFrom({ ...now, state: 'stopping' })).toBe('stopped');
    expect(read).toEqual(['stopping']);
  });

  it('takes a price of 0 for a stopped pod as unknown, so that the gate refuses', async () => {
    const stopped = pod('volt', 'p1', { state: 'stopped', raw_state: 'stopped', hourly_cost_usd: 0 });
    const planned = await planOf(startPod, { pod: REF }, fakeContext([podCloud('volt', [stopped])]));
    expect(planned.adds.usd_per_hour).toBeNull();
    expect(planned.plan.cost.usd_per_hour).toBeNull();
    expect(dollarsIn(planned.plan.effects[0])).toEqual([]);
  });

  it('names in its effect what the pod costs an hour', async () => {
    const stopped = pod('volt', 'p1', { state: 'stopped', raw_state: 'stopped', hourly_cost_usd: 0.39 });
    const { plan } = await planOf(startPod, { pod: REF }, fakeContext([podCloud('volt', [stopped])]));
    expect(plan.cost.usd_per_hour).toBe(0.39);
    expect(dollarsIn(plan.effects[0])).toEqual([0.39]);
  });
});

describe('delete_pod', () => {
  it('asks for the name of the pod of this very ref', async () => {
    const rows = [pod('volt', 'p0', { name: 'other' }), pod('volt', 'p1')];
    const { plan } = await planOf(deletePod, { pod: REF }, fakeContext([podCloud('volt', rows)]));
    expect(plan).toMatchObject({ ref: REF, challenge: 'trainer' });
  });
});

describe('create_pod', () => {
  const args = { name: 'Trainer_1', machine: 'nebula:machine:m1' };
  const market = (rows: Pod[]) => podCloud('nebula', rows, { prepareCreate: async () => ORDER });

  it('names the new pods of other names as candidates: a cloud may change a name', async () => {
    const rows = [pod('nebula', 'old')];
    const found = await reconcileAfter(createPod, args, fakeContext([market(rows)]), () => {
      rows.push(pod('nebula', 'new', { name: 'trainer-1' }));
    });
    expect(found).toMatchObject({
      notFound: expect.stringMatching(naming('1', 'nebula:pod:new')),
      candidates: ['nebula:pod:new'],
    });
  });

  it('names no candidates when nothing is new', async () => {
    const found = await reconcileAfter(
      createPod,
      args,
      fakeContext([market([pod('nebula', 'old')])]),
      () => {},
    );
    expect(found).toEqual({ notFound: expect.stringContaining('"Trainer_1"') });
    expect(refsIn(JSON.stringify(found))).toEqual([]);
  });

  it.each([
    [0.39004, false],
    [0.3901, true],
    [null, false],
  ])('a pod that comes back at %d USD/h when 0.39 was agreed to: warned of %s', async (price, warned) => {
    const create = async () => pod('nebula', 'new', { hourly_cost_usd: price });
    const cloud = podCloud('nebula', [], { prepareCreate: async () => ORDER, create });
    const { output } = await call(createPod, args, fakeContext([cloud]));
    expect(String(output.message).includes('WARNING')).toBe(warned);
  });

  it('orders each key once', async () => {
    const asked: string[][] = [];
    const cloud = podCloud('nebula', [], {
      prepareCreate: async (_io, request) => {
        asked.push(request.ssh_key_ids);
        return ORDER;
      },
    });
    const ssh_keys = ['nebula:ssh_key:73', 'nebula:ssh_key:73'];
    await planOf(createPod, { ...args, ssh_keys }, fakeContext([cloud]));
    expect(asked).toEqual([['73']]);
  });

  it('with one cloud and no machine lets that cloud name everything that is missing', async () => {
    const asked: unknown[] = [];
    const cloud = podCloud('nebula', [], {
      prepareCreate: async (_io, request) => {
        asked.push(request.machine_id);
        return ORDER;
      },
    });
    await planOf(createPod, { name: 'a' }, fakeContext([cloud]));
    expect(asked).toEqual([null]);
    const both = fakeContext([cloud, podCloud('volt', [])]);
    expect((await failureOf(planOf(createPod, { name: 'a' }, both))).message).toBe('machine: needed.');
  });
});
