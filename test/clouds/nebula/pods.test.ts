import { describe, expect, it } from 'vitest';
import { POD_NOTES, RATE_NOTE } from '../../../src/clouds/nebula/notes.ts';
import { GpuError } from '../../../src/core/errors.ts';
import { pod } from '../../tools/fake-pods.ts';
import { detailed, listed } from './documented.ts';
import { fakeNebula, io, ok, refusal } from './fake.ts';

const LIST = 'GET /computing/instances';
const rows = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => ({ ...listed, id: `i-${from + at}` }));

describe('lists', () => {
  it('pages until the total is reached', async () => {
    const { cloud, lines } = fakeNebula({
      [LIST]: [ok(rows(0, 100), { total_instance: 130 }), ok(rows(100, 30), { total_instance: 130 })],
    });
    expect(await cloud.pods.list(io())).toHaveLength(130);
    expect(lines()).toEqual([
      'GET /computing/instances?limit=100&offset=0',
      'GET /computing/instances?limit=100&offset=100',
    ]);
  });

  it('does not take a short page for the last, but an empty one', async () => {
    const { cloud, lines } = fakeNebula({ [LIST]: [ok(rows(0, 3)), ok(rows(3, 2)), ok([])] });
    expect(await cloud.pods.list(io())).toHaveLength(5);
    expect(lines().at(-1)).toBe('GET /computing/instances?limit=100&offset=5');
  });

  it('ends when the cloud repeats a page, and counts no row twice', async () => {
    const { cloud, lines } = fakeNebula({ [LIST]: ok(rows(0, 2), { total_instance: 9 }) });
    expect(await cloud.pods.list(io())).toHaveLength(2);
    expect(lines()).toHaveLength(2);
  });

  it('is refused to a write when it ends before its total: what is missing may cost money too', async () => {
    const { cloud } = fakeNebula({ [LIST]: ok(rows(0, 2), { total_instance: 9 }) });
    const error = await refusal(cloud.pods.list({ ...io(), purpose: 'gate' }));
    expect(error).toMatchObject({ code: 'unexpected_response', message: expect.stringMatching(/\b7\b/) });
    // The list is read after a lost reply too: the error must not say that nothing was sent.
    expect(`${error.message} ${error.hint}`).not.toMatch(/sent/i);
  });

  it('gives up on an endless list of live pods, and cuts an endless list of deleted ones', async () => {
    const endless = () => Array.from({ length: 60 }, (_, page) => ok(rows(page * 100, 100)));
    const live = fakeNebula({ [LIST]: endless() });
    expect((await refusal(live.cloud.pods.list(io()))).code).toBe('unexpected_response');
    expect(live.lines()).toHaveLength(50);
    const deleted = fakeNebula({ 'GET /computing/deleted-instances': endless() });
    expect(await deleted.cloud.pods.listDeleted?.(io())).toHaveLength(5000);
    expect(deleted.lines()).toHaveLength(50);
  });

  it('reads deleted instances from their own list', async () => {
    const { cloud, lines } = fakeNebula({
      'GET /computing/deleted-instances': ok([{ ...listed, status: 'Deleted' }], { total_instance: 1 }),
    });
    expect(await cloud.pods.listDeleted?.(io())).toMatchObject([{ state: 'deleted', raw_state: 'Deleted' }]);
    expect(lines()).toEqual(['GET /computing/deleted-instances?limit=100&offset=0']);
  });

  it('an empty list beside a total above 0 is an unexpected response, never "no pods"', async () => {
    const { cloud } = fakeNebula({ [LIST]: ok([], { total_instance: 3 }) });
    expect(await refusal(cloud.pods.list(io()))).toMatchObject({
      code: 'unexpected_response',
      hint: expect.stringContaining('doctor'),
    });
    const keys = fakeNebula({ 'GET /ssh-keys': ok({ ssh_keys: [], total_ssh_keys: 2 }) });
    expect((await refusal(keys.cloud.sshKeys!.list(io()))).code).toBe('unexpected_response');
  });

  it('drops deleted instances from the list of live ones', async () => {
    const { cloud } = fakeNebula({
      [LIST]: ok([{ ...listed, id: 'gone', status: 'Deleted' }, listed], { total_instance: 2 }),
    });
    expect((await cloud.pods.list(io())).map(({ id }) => id)).toEqual([listed.id]);
  });

  it('an empty list only if the cloud said []', async () => {
    const list = (body: unknown) => fakeNebula({ [LIST]: { body } }).cloud.pods.list(io());
    expect(await list({ data: [], total_instance: 0, status: 'success' })).toEqual([]);
    for (const body of [
      {},
      null,
      '',
      '<html>',
      { data: null },
      { data: {} },
      { data: [{ status: 'Running' }] },
      { data: [null] },
      { success: true, data: { pods: [] } },
    ]) {
      expect((await refusal(list(body))).code, JSON.stringify(body)).toBe('unexpected_response');
    }
  });
});

describe('get', () => {
  const DETAIL = 'GET /computing/instance/77c0ffee-0001';

  it('an empty detail is not_found, another instance is unexpected', async () => {
    const get = (data: unknown) => fakeNebula({ [DETAIL]: ok(data) }).cloud.pods.get(io(), '77c0ffee-0001');
    expect((await refusal(get([]))).code).toBe('not_found');
    expect((await refusal(get([{ ...detailed, id: 'other' }]))).code).toBe('unexpected_response');
    for (const data of [null, {}, 'x', [null]])
      expect((await refusal(get(data))).code).toBe('unexpected_response');
  });

  it('a failed envelope is not_found too, with any status', async () => {
    for (const answer of [
      { status: 404, body: { message: 'Instance not found', status: 'failed' } },
      { body: { message: 'Instance not found', status: 'failed' } },
    ]) {
      const { cloud } = fakeNebula({ [DETAIL]: answer });
      expect((await refusal(cloud.pods.get(io(), '77c0ffee-0001'))).code).toBe('not_found');
    }
  });

  it('keeps the price unknown, and says so, when the list fails or lacks the instance', async () => {
    for (const list of [{ status: 502 }, ok([])]) {
      const { cloud } = fakeNebula({ [DETAIL]: ok([detailed]), [LIST]: list });
      const pod = await cloud.pods.get(io(), '77c0ffee-0001');
      expect(pod.hourly_cost_usd).toBeNull();
      expect(pod.warnings.filter((warning) => warning.includes('hourly_cost_usd'))).toHaveLength(1);
    }
  });

  it('takes the price from a list that was just read, and reads none', async () => {
    const listed = { ...pod('nebula', '77c0ffee-0001'), hourly_cost_usd: 0.49, ephemeral_disk_gb: 725 };
    const { cloud, lines } = fakeNebula({ [DETAIL]: ok([detailed]) });
    const read = await cloud.pods.get(io(), '77c0ffee-0001', listed);
    expect(read).toMatchObject({ hourly_cost_usd: 0.49, ephemeral_disk_gb: 725 });
    expect(read.warnings.filter((warning) => warning.includes('hourly_cost_usd'))).toEqual([]);
    expect(lines()).toEqual([DETAIL]);
  });

  it('does not hide a cancellation', async () => {
    const { cloud } = fakeNebula({
      [DETAIL]: ok([detailed]),
      [LIST]: { fail: new GpuError('cancelled', 'x') },
    });
    expect((await refusal(cloud.pods.get(io(), '77c0ffee-0001'))).code).toBe('cancelled');
  });

  it('warns of no missing price of a deleted instance', async () => {
    const { cloud } = fakeNebula({ [DETAIL]: ok([{ ...detailed, status: 'Deleted' }]) });
    expect(await cloud.pods.get(io(), '77c0ffee-0001')).toMatchObject({
      state: 'deleted',
      ssh_command: null,
      warnings: [],
    });
  });

  it.each(['../api-keys', 'a/stop', '%2e%2e', 'x?y', '#NB-1', '', '.', '..'])(
    'never sends the id %j',
    async (id) => {
      const { cloud, lines } = fakeNebula({});
      for (const call of [cloud.pods.get(io(), id), cloud.pods.stop(io(), id), cloud.pods.delete(io(), id)]) {
        expect((await refusal(call)).code).toBe('invalid_input');
      }
      expect(lines()).toEqual([]);
    },
  );
});

describe('actions', () => {
  it.each([
    ['start', 'GET /computing/instance/i-1/start'],
    ['stop', 'GET /computing/instance/i-1/stop'],
    ['restart', 'GET /computing/instance/i-1/reboot'],
    ['delete', 'DELETE /computing/instance/i-1'],
  ] as const)('%s is %s, and not repeatable', async (action, line) => {
    const { cloud, lines, sent } = fakeNebula({
      [line]: { body: { message: 'It is being\u001b[1m done', status: 'success' } },
    });
    expect(await cloud.pods[action]?.(io(), 'i-1')).toEqual({
      message: 'It is being done',
      raw_state: null,
      notes: [],
    });
    expect(lines()).toEqual([line]);
    expect(sent[0]?.repeatable).toBe(false);
  });

  it('an empty body is a success without words, a page of HTML is none', async () => {
    const key = 'DELETE /computing/instance/i-1';
    expect(
      (await fakeNebula({ [key]: { status: 204, body: null } }).cloud.pods.delete(io(), 'i-1')).message,
    ).toBeNull();
    expect(
      (await refusal(fakeNebula({ [key]: { body: '<html>' } }).cloud.pods.delete(io(), 'i-1'))).code,
    ).toBe('unexpected_response');
  });

  it('a refusal in a 200 is an error', async () => {
    const { cloud } = fakeNebula({
      'GET /computing/instance/i-1/stop': {
        body: { message: 'This instance only supports Terminate', status: 'failed' },
      },
    });
    expect((await refusal(cloud.pods.stop(io(), 'i-1'))).code).toBe('unsupported');
  });
});

describe('money', () => {
  it('counts every instance that is not deleted at its full price', async () => {
    const states = ['Running', 'Stopped', 'Error', 'Deleted', 'Whatever'];
    const data = states.map((status) => ({ ...listed, id: status, status }));
    const { cloud, lines } = fakeNebula({ [LIST]: ok(data, { total_instance: 5 }) });
    const rates = await cloud.pods.rates(io(), await cloud.pods.list(io()));
    expect(rates.map(({ ref }) => ref)).not.toContain('nebula:pod:Deleted');
    expect(
      rates.map(({ usd_per_hour, usd_per_hour_max, note }) => [
        usd_per_hour,
        usd_per_hour_max,
        note !== null,
      ]),
    ).toEqual([
      [0.679, 0.679, false],
      [0.679, 0.679, true],
      [0.679, 0.679, true],
      [0.679, 0.679, true],
    ]);
    expect(rates[1]?.note).toBe(RATE_NOTE);
    expect(lines()).toHaveLength(1);
  });

  it('does not know the rate of an instance without a price', async () => {
    const { cloud } = fakeNebula({ [LIST]: ok([{ ...listed, price_per_hour: '' }], { total_instance: 1 }) });
    expect(await cloud.pods.rates(io(), await cloud.pods.list(io()))).toMatchObject([{ usd_per_hour: null }]);
  });

  it('promises nothing about stopping', () => {
    const { notes } = fakeNebula({}).cloud.pods;
    expect(notes.stop_ends_billing).toBe(false);
    expect(notes).toEqual(POD_NOTES);
  });

  it('has no allowance of requests and none of the groups it lacks', () => {
    const { cloud } = fakeNebula({});
    expect(cloud.budget()).toBeNull();
    expect([cloud.jobs, cloud.templates, cloud.dockerCredentials, cloud.pods.update]).toEqual(
      Array(4).fill(undefined),
    );
  });
});
