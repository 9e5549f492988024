import { describe, expect, it } from 'vitest';
import type { Pod } from '../../src/core/model.ts';
import { updatePod, WORST } from '../../src/tools/pods/update.ts';
import { WORST_OF_KEYS } from '../../src/tools/pods/update-keys.ts';
import { fieldsIn, refsIn } from '../facts.ts';
import { call, failureOf, fakeContext, planOf, reconcileAfter } from './fake-context.ts';
import { pod, podCloud } from './fake-pods.ts';

const REF = 'volt:pod:p1';

describe('update_pod', () => {
  const keyed = (more: Partial<Pod> = {}) =>
    podCloud('volt', [pod('volt', 'p1', { ssh_key_ids: ['key_old', 'key_b'], ...more })]);
  const change = { pod: REF, ssh_keys: ['volt:ssh_key:key_b', 'volt:ssh_key:key_new'] };

  it('shows which keys go, stay and come', async () => {
    const { plan } = await planOf(updatePod, change, fakeContext([keyed()]));
    expect(plan.effects.map(refsIn)).toEqual([
      ['volt:ssh_key:key_b', 'volt:ssh_key:key_new'],
      ['volt:ssh_key:key_old'],
    ]);
  });

  const grown = { root_disk_gb: 50, state: 'stopped' as const };
  it.each([
    [{ remove_ssh_keys: ['volt:ssh_key:only'] }, { ssh_key_ids: ['only'] }, WORST_OF_KEYS.none_left],
    [{ remove_all: ['ssh_keys'] }, { ssh_key_ids: ['only', 'b'] }, WORST_OF_KEYS.none_left],
    [
      { remove_ssh_keys: ['volt:ssh_key:b'], max_lifetime_hours: 0 },
      { ssh_key_ids: ['a', 'b'] },
      WORST_OF_KEYS.removed,
    ],
    [{ ssh_keys: ['volt:ssh_key:c'] }, { ssh_key_ids: ['a'] }, WORST_OF_KEYS.removed],
    [{ ssh_keys: ['volt:ssh_key:c'] }, { ssh_key_ids: null }, WORST_OF_KEYS.unknown],
    [{ ssh_keys: ['volt:ssh_key:a', 'volt:ssh_key:c'] }, { ssh_key_ids: ['a'] }, WORST_OF_KEYS.added],
    [
      { add_ssh_keys: ['volt:ssh_key:c'], max_lifetime_hours: 0 },
      { ssh_key_ids: ['a'] },
      WORST_OF_KEYS.added,
    ],
    [{ volume_gb: 10, remove_ssh_keys: ['volt:ssh_key:a'] }, { ...grown, ssh_key_ids: ['a'] }, WORST.smaller],
    [{ volume_gb: 80, add_ssh_keys: ['volt:ssh_key:a'] }, grown, WORST_OF_KEYS.added],
    [{ volume_gb: 80, max_lifetime_hours: 0 }, grown, WORST.no_lease],
    [{ volume_gb: 80 }, grown, WORST.volume],
    [{ volume_gb: 80 }, { ...grown, root_disk_gb: null }, WORST.maybe_smaller],
    [{ name: 'other', add_ssh_keys: ['volt:ssh_key:a'] }, { ssh_key_ids: ['a'] }, WORST.nothing],
  ])('shows the worst of %j first, on a pod with %j', async (args, has, worst) => {
    const ctx = fakeContext([podCloud('volt', [pod('volt', 'p1', has)])]);
    const { head } = await planOf(updatePod, { pod: REF, ...args }, ctx);
    expect(head.worst).toBe(worst);
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
    expect(nothing).toMatchObject({ code: 'invalid_input', message: expect.stringMatching(/^name, .*: /) });
    const same = { pod: REF, add_ssh_keys: ['volt:ssh_key:b'] };
    expect((await failureOf(planOf(updatePod, same, ctx))).code).toBe('wrong_state');
  });

  it.each([
    ['its name, as asked for', { name: 'x' }, { name: 'x' }, 0, null],
    ['another name', { name: 'x' }, { name: 'p1' }, 0, /: name\./],
    ['no name', { name: 'x' }, {}, 1, /: name\./],
    ['its keys, as asked for', { ssh_keys: ['volt:ssh_key:a'] }, { ssh_key_ids: ['a'] }, 0, null],
    ['other keys', { ssh_keys: ['volt:ssh_key:a'] }, { ssh_key_ids: ['a', 'b'] }, 0, /: ssh_keys\./],
    ['no keys', { name: 'x', ssh_keys: ['volt:ssh_key:a'] }, { name: 'x' }, 1, /: name, ssh_keys\./],
  ])(
    'after a reply with %s, reads the pod again only if that leaves the change open, and says what is not shown',
    async (_what, change, shown, reads, warns) => {
      let count = 0;
      const was = pod('volt', 'p1', { name: 'p1', ssh_key_ids: ['a', 'b'] });
      const cloud = podCloud('volt', [was], {
        update: async () => ({ message: null, raw_state: 'running', state: 'running', notes: [], ...shown }),
        get: async () => {
          count += 1;
          return was;
        },
      });
      const { output } = await call(updatePod, { pod: REF, ...change }, fakeContext([cloud]));
      // One reading is the plan's.
      expect(count - 1).toBe(reads);
      expect(output.pod).toMatchObject({ ref: REF, ...(reads === 0 && shown) });
      if (warns === null) expect(output.message).not.toContain('WARNING');
      else expect(output.message).toMatch(new RegExp(`WARNING.*${warns.source}`));
    },
  );

  it('refuses to take off a key that is not on the pod, by its name', async () => {
    const error = await failureOf(
      planOf(updatePod, { pod: REF, remove_ssh_keys: ['volt:ssh_key:zoe'] }, fakeContext([keyed()])),
    );
    expect(error.code).toBe('invalid_input');
    expect(fieldsIn(error.message)).toEqual(['remove_ssh_keys']);
    expect(refsIn(error.message)).toContain('volt:ssh_key:zoe');
    expect(refsIn(error.hint)).toEqual(['volt:ssh_key:key_old', 'volt:ssh_key:key_b']);
  });

  it('says so when the present keys are not known', async () => {
    const { plan } = await planOf(updatePod, change, fakeContext([keyed({ ssh_key_ids: null })]));
    expect(plan.effects.map(refsIn)).toEqual([['volt:ssh_key:key_b', 'volt:ssh_key:key_new'], []]);
  });

  it('is planned again when the keys changed in between, but only if it changes keys', async () => {
    const facts = async (args: unknown, keys: string[]) =>
      (await planOf(updatePod, args, fakeContext([keyed({ ssh_key_ids: keys })]))).facts;
    expect(await facts(change, ['a'])).not.toEqual(await facts(change, ['b']));
    expect(await facts(change, ['a', 'b'])).toEqual(await facts(change, ['b', 'a']));
    const renaming = { pod: REF, name: 'other' };
    expect(await facts(renaming, ['a'])).toEqual(await facts(renaming, ['b']));
  });

  it.each([
    [80, 50, /\b80 GB.*\b50 GB/, 1],
    [80, null, /\b80 GB.*\bunknown/, 1],
    [10, 50, /\b10 GB.*\b50 GB/, 2],
  ])('shows the size of the volume: %d GB after %j', async (volume_gb, root_disk_gb, sizes, count) => {
    const stopped = pod('volt', 'p1', { state: 'stopped', root_disk_gb });
    const { plan } = await planOf(
      updatePod,
      { pod: REF, volume_gb },
      fakeContext([podCloud('volt', [stopped])]),
    );
    expect(plan.effects[0]).toMatch(sizes);
    // A second effect warns of the data on a volume that becomes smaller.
    expect(plan.effects).toHaveLength(count);
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
    const found = await reconcileAfter(updatePod, { pod: REF, name: 'my pod' }, ctx, () => {
      rows[0] = pod('volt', 'p1', { name: 'my pod' });
    });
    expect(found).toMatchObject({ found: { status: 'done' } });
  });
});
