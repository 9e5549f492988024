import { describe, expect, it } from 'vitest';
import type { CreateOrder } from '../../src/core/cloud.ts';
import type { Pod } from '../../src/core/model.ts';
import { createPod } from '../../src/tools/create-pod.ts';
import { deletePod } from '../../src/tools/pods.ts';
import { restartPod, startPod, stopPod } from '../../src/tools/pods-change.ts';
import { updatePod } from '../../src/tools/pods-update.ts';
import { call, failureOf, fakeContext, lookAfter, planOf } from './fake-context.ts';
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
  it('says that the pod is gone when stopping ended the rental', async () => {
    const rows = [pod('volt', 'p1')];
    const cloud = podCloud('volt', rows, {
      stop: async () => {
        rows.pop();
        return { message: null, raw_state: null, notes: [] };
      },
    });
    const { output } = await call(stopPod, { pod: REF }, fakeContext([cloud]));
    expect(output.message).toContain('It no longer exists');
    expect(output).not.toHaveProperty('pod');
  });

  it("takes the state of the cloud's reply, and asks nothing more", async () => {
    const cloud = podCloud('volt', [pod('volt', 'p1')], {
      stop: async () => ({ message: null, raw_state: 'STOPPING', state: 'stopping', notes: [] }),
      list: () => Promise.reject(new Error('read again')),
    });
    const { output } = await call(stopPod, { pod: REF }, fakeContext([cloud]));
    expect(output).toMatchObject({ pod: { ref: REF, state: 'stopping', raw_state: 'STOPPING' } });
  });

  it('repeats what the cloud says whole, up to 300 characters', async () => {
    const words = `${'Prepaid time left of this pod was credited back to the account. '.repeat(3)}Amount: $3.20`;
    const cloud = podCloud('volt', [pod('volt', 'p1')], {
      stop: async () => ({ message: `${words}.`, raw_state: null, notes: [] }),
    });
    const { output } = await call(stopPod, { pod: REF }, fakeContext([cloud]));
    expect(output.message).toContain(`Volt says: "${words}".`);
  });
});

describe('an action that the state does not allow', () => {
  const hint = async (tool: typeof startPod, state: Pod['state']) => {
    const ctx = fakeContext([
      podCloud('volt', [pod('volt', 'p1', { state })], { restart: podCloud('volt', []).pods.stop }),
    ]);
    const error = await failureOf(planOf(tool, { pod: REF }, ctx));
    expect(error.code).toBe('wrong_state');
    return error.hint;
  };

  it('is told to wait only if the pod is on its way', async () => {
    expect(await hint(startPod, 'stopping')).toContain('wait_for');
    expect(await hint(stopPod, 'provisioning')).toContain('wait_for');
    expect(await hint(startPod, 'running')).toBe('It is running already; there is nothing to do.');
    expect(await hint(stopPod, 'stopped')).toBe('It is stopped already; there is nothing to do.');
    expect(await hint(restartPod, 'stopped')).toBe('Call start_pod first.');
    expect(await hint(deletePod, 'deleting')).toContain('list_pods');
  });
});

describe('start_pod', () => {
  it('takes a price of 0 for a stopped pod as unknown, so that the gate refuses', async () => {
    const stopped = pod('volt', 'p1', { state: 'stopped', raw_state: 'stopped', hourly_cost_usd: 0 });
    const planned = await planOf(startPod, { pod: REF }, fakeContext([podCloud('volt', [stopped])]));
    expect(planned.adds.usd_per_hour).toBeNull();
    expect(planned.plan.cost.usd_per_hour).toBeNull();
  });
});

describe('update_pod', () => {
  const keyed = (more: Partial<Pod> = {}) =>
    podCloud('volt', [pod('volt', 'p1', { ssh_key_ids: ['key_old', 'key_b'], ...more })]);
  const change = { pod: REF, ssh_keys: ['volt:ssh_key:key_b', 'volt:ssh_key:key_new'] };

  it('shows which keys go, stay and come', async () => {
    const { plan } = await planOf(updatePod, change, fakeContext([keyed()]));
    expect(plan.effects).toEqual([
      'Its SSH keys become exactly: "volt:ssh_key:key_b", "volt:ssh_key:key_new".',
      'SSH keys that are taken off: "volt:ssh_key:key_old".',
    ]);
  });

  const grown = { root_disk_gb: 50, state: 'stopped' as const };
  it.each([
    [{ remove_ssh_keys: ['volt:ssh_key:only'] }, { ssh_key_ids: ['only'] }, /locked out/],
    [{ remove_all: ['ssh_keys'] }, { ssh_key_ids: ['only', 'b'] }, /locked out/],
    [
      { remove_ssh_keys: ['volt:ssh_key:b'], max_lifetime_hours: 0 },
      { ssh_key_ids: ['a', 'b'] },
      /taken off/,
    ],
    [{ ssh_keys: ['volt:ssh_key:c'] }, { ssh_key_ids: ['a'] }, /taken off/],
    [{ ssh_keys: ['volt:ssh_key:c'] }, { ssh_key_ids: null }, /taken off/],
    [{ ssh_keys: ['volt:ssh_key:a', 'volt:ssh_key:c'] }, { ssh_key_ids: ['a'] }, /added key/],
    [{ add_ssh_keys: ['volt:ssh_key:c'], max_lifetime_hours: 0 }, { ssh_key_ids: ['a'] }, /added key/],
    [{ volume_gb: 10, remove_ssh_keys: ['volt:ssh_key:a'] }, { ...grown, ssh_key_ids: ['a'] }, /data.*lost/],
    [{ volume_gb: 80, add_ssh_keys: ['volt:ssh_key:a'] }, grown, /added key/],
    [{ volume_gb: 80, max_lifetime_hours: 0 }, grown, /lease/],
    [{ volume_gb: 80 }, grown, /volume changes/],
    [{ name: 'other', add_ssh_keys: ['volt:ssh_key:a'] }, { ssh_key_ids: ['a'] }, /Nothing else/],
  ])('shows the worst of %j first, on a pod with %j', async (args, has, worst) => {
    const ctx = fakeContext([podCloud('volt', [pod('volt', 'p1', has)])]);
    const { head } = await planOf(updatePod, { pod: REF, ...args }, ctx);
    expect(head.worst).toMatch(worst);
    expect(head.worst.length).toBeLessThanOrEqual(80);
  });

  it('sends no keys if they stay the same, and takes an empty list for one that is left out', async () => {
    const sent: unknown[] = [];
    const cloud = podCloud('volt', [pod('volt', 'p1', { ssh_key_ids: ['a', 'b'] })], {
      update: async (_io, _id, given) => {
        sent.push(given);
        return { message: null, raw_state: null, notes: [] };
      },
    });
    const ctx = fakeContext([cloud]);
    const none = { add_ssh_keys: [], remove_ssh_keys: [] };
    await call(updatePod, { pod: REF, name: 'x', ...none }, ctx);
    await call(updatePod, { pod: REF, name: 'y', ssh_keys: ['volt:ssh_key:a'], ...none }, ctx);
    await call(updatePod, { pod: REF, name: 'z', add_ssh_keys: ['volt:ssh_key:b'] }, ctx);
    expect(sent).toEqual([{ name: 'x' }, { name: 'y', ssh_key_ids: ['a'] }, { name: 'z' }]);
    const nothing = await failureOf(planOf(updatePod, { pod: REF, ...none }, ctx));
    expect(nothing).toMatchObject({ code: 'invalid_input', message: expect.stringMatching(/at least one/) });
    const same = { pod: REF, add_ssh_keys: ['volt:ssh_key:b'] };
    expect((await failureOf(planOf(updatePod, same, ctx))).code).toBe('wrong_state');
  });

  it('refuses to take off a key that is not on the pod, by its name', async () => {
    const error = await failureOf(
      planOf(updatePod, { pod: REF, remove_ssh_keys: ['volt:ssh_key:zoe'] }, fakeContext([keyed()])),
    );
    expect(error).toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/volt:ssh_key:zoe/),
    });
    expect(error.hint).toMatch(/key_old/);
  });

  it('says so when the present keys are not known', async () => {
    const { plan } = await planOf(updatePod, change, fakeContext([keyed({ ssh_key_ids: null })]));
    expect(plan.effects[1]).toBe(
      'It is not known which SSH keys are taken off: the cloud does not name the present ones.',
    );
  });

  it('is planned anew when the keys changed in between, but only if keys are what it changes', async () => {
    const facts = async (args: unknown, keys: string[]) =>
      (await planOf(updatePod, args, fakeContext([keyed({ ssh_key_ids: keys })]))).facts;
    expect(await facts(change, ['a'])).not.toEqual(await facts(change, ['b']));
    expect(await facts(change, ['a', 'b'])).toEqual(await facts(change, ['b', 'a']));
    const renaming = { pod: REF, name: 'other' };
    expect(await facts(renaming, ['a'])).toEqual(await facts(renaming, ['b']));
  });

  it.each([
    [80, 50, ['Its volume becomes 80 GB (now 50 GB).']],
    [80, null, ['Its volume becomes 80 GB (now unknown).']],
    [
      10,
      50,
      [
        'Its volume becomes 10 GB (now 50 GB).',
        'It becomes smaller: no document says that the data on it is kept. Back up first.',
      ],
    ],
  ])('shows the size of the volume: %d GB after %j', async (volume_gb, root_disk_gb, effects) => {
    const stopped = pod('volt', 'p1', { state: 'stopped', root_disk_gb });
    const { plan } = await planOf(
      updatePod,
      { pod: REF, volume_gb },
      fakeContext([podCloud('volt', [stopped])]),
    );
    expect(plan.effects).toEqual(effects);
  });

  it('sends each key once', async () => {
    const sent: unknown[] = [];
    const cloud = podCloud('volt', [pod('volt', 'p1')], {
      update: async (_io, _id, given) => {
        sent.push(given);
        return { message: null, raw_state: null, notes: [] };
      },
    });
    await call(updatePod, { pod: REF, ssh_keys: ['volt:ssh_key:a', 'volt:ssh_key:a'] }, fakeContext([cloud]));
    expect(sent).toEqual([{ ssh_key_ids: ['a'] }]);
  });

  it('finds a new name after a lost reply', async () => {
    const rows = [pod('volt', 'p1')];
    const ctx = fakeContext([podCloud('volt', rows)]);
    const found = await lookAfter(updatePod, { pod: REF, name: 'my pod' }, ctx, () => {
      rows[0] = pod('volt', 'p1', { name: 'my pod' });
    });
    expect(found).toMatchObject({ found: { status: 'done' } });
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
    const found = await lookAfter(createPod, args, fakeContext([market(rows)]), () => {
      rows.push(pod('nebula', 'new', { name: 'trainer-1' }));
    });
    expect(found).toMatchObject({
      notFound: expect.stringContaining('1 new pod of another name is listed'),
      candidates: ['nebula:pod:new'],
    });
  });

  it('names no candidates when nothing is new', async () => {
    const found = await lookAfter(createPod, args, fakeContext([market([pod('nebula', 'old')])]), () => {});
    expect(found).toEqual({
      notFound: 'No new pod named "Trainer_1" is listed yet; it may still appear, and then it costs money.',
    });
  });

  it.each([
    [0.39004, false],
    [0.3901, true],
    [null, false],
  ])('a pod that comes back at %d USD/h where 0.39 was agreed to: warned of %s', async (price, warned) => {
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
