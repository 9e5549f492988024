import { describe, expect, it } from 'vitest';
import { INSTANCE, LIUM, obj, START, start, str, TEXT_JOB } from './start.ts';

describe('the admin endpoints', () => {
  it('describe themselves and the world', async () => {
    const { admin, volt } = await start();
    await volt('POST', '/pods', LIUM);
    const { json } = await admin('GET', '');
    expect(Object.keys(obj(json.endpoints)).length).toBeGreaterThan(15);
    expect(json).toMatchObject({
      clock: { now: START, speed: 0 },
      pods: [{ name: 'my-training-pod' }],
      jobs: [],
    });
  });

  it('move the clock', async () => {
    const { admin, world, volt } = await start();
    const id = str((await volt('POST', '/pods', LIUM)).json.id);
    expect((await admin('POST', '/clock', { advance_seconds: 20 })).json.now).toBe('2026-03-28T14:00:20Z');
    expect(world.pods.get('volt', id)?.state).toBe('running');
    expect((await admin('POST', '/clock', { speed: 60 })).json.speed).toBe(60);
    expect((await admin('GET', '/clock')).json.speed).toBe(60);
    expect((await admin('POST', '/clock', { advance_seconds: -1 })).status).toBe(400);
    expect((await admin('POST', '/clock', { advance_seconds: 1e15 })).status).toBe(400);
    expect((await admin('GET', '/clock')).json.now).toMatch(/^2026-03-28T14:/);
    await admin('POST', '/clock', { speed: 1e300 });
    expect((await admin('GET', '/clock')).json.now).toBe('9999-12-31T23:59:59Z');
  });

  it('set money, price, stock and states', async () => {
    const { admin, volt, nebula, world } = await start();
    expect((await admin('POST', '/balance', { cloud: 'volt', usd: 5 })).json).toEqual({
      volt: 5,
      nebula: 1228.556,
    });
    expect((await volt('POST', '/fine-tuning', TEXT_JOB)).status).toBe(402);
    await admin('POST', '/balance', { cloud: 'volt', usd: 100 });
    await admin('POST', '/price', { cloud: 'volt', machine_id: 'mach_rtx4090_01', usd: 3.9 });
    const pod = await volt('POST', '/pods', LIUM);
    expect(pod.json.cost_per_hour).toBe(3.9);
    await admin('POST', '/stock', { cloud: 'volt', machine_id: 'mach_rtx4090_01', available_gpus: 0 });
    expect((await volt('POST', '/pods', LIUM)).status).toBe(400);
    await admin('POST', '/stock', { cloud: 'nebula', product_id: 'prd-ca-a6000-1', is_available: false });
    expect((await nebula('POST', '/computing/instance', INSTANCE)).json.status).toBe('failed');
    const id = str(pod.json.id);
    const forced = { cloud: 'volt', kind: 'pod', id, state: 'crashloopbackoff' };
    expect((await admin('POST', '/state', forced)).json.state).toBe('crashloopbackoff');
    expect((await volt('GET', `/pods/${id}`)).json.status).toBe('crashloopbackoff');
    const job = str(obj((await volt('POST', '/fine-tuning', TEXT_JOB)).json.job).id);
    await admin('POST', '/state', { cloud: 'volt', kind: 'job', id: job, state: 'node_training_failure' });
    expect(world.jobs.get(job)?.status).toBe('node_training_failure');
    expect((await admin('POST', '/state', { ...forced, id: 'pod_none' })).status).toBe(400);
    expect((await admin('GET', '/ledger')).json.entries).toMatchObject([{ kind: 'debit', usd: 55.5 }]);
  });

  it('show and clear the request log with raw paths and bodies', async () => {
    const { admin, volt } = await start();
    await volt('GET', '/fine-tuning?status=training');
    await volt('DELETE', '/api-keys', '{"key_id": "ak_9"}', {
      'x-api-key': 'volt_sandbox_key_x7f2',
      'content-type': 'application/json',
    });
    const { requests } = (await admin('GET', '/requests')).json;
    expect(requests).toMatchObject([
      {
        id: 1,
        at: '2026-03-28T14:00:00.000Z',
        cloud: 'volt',
        method: 'GET',
        path: '/fine-tuning',
        status: 200,
        body: '',
      },
      { id: 2, method: 'DELETE', path: '/api-keys', body: '{"key_id": "ak_9"}', status: 404 },
    ]);
    expect(requests).toMatchObject([
      { query: { status: 'training' } },
      { headers: { 'x-api-key': expect.any(String) } },
    ]);
    await admin('DELETE', '/requests');
    expect((await admin('GET', '/requests')).json.requests).toEqual([]);
  });

  it('add, show and clear faults', async () => {
    const { admin, volt } = await start();
    expect((await admin('POST', '/faults', { kind: 'rate_limit', times: 5, retry_after: '7' })).json.id).toBe(
      1,
    );
    expect((await volt('GET', '/pods')).headers.get('retry-after')).toBe('7');
    expect((await admin('GET', '/faults')).json.faults).toMatchObject([
      { kind: 'rate_limit', times_left: 4 },
    ]);
    await admin('DELETE', '/faults');
    expect((await volt('GET', '/pods')).status).toBe(200);
    expect((await admin('POST', '/faults', { kind: 'explode' })).status).toBe(400);
    expect((await admin('POST', '/faults', { kind: 'html', when: 'now' })).json.error).toBe(
      'Unknown field "when".',
    );
  });

  it('switch deviations from the documents, and refuse unknown switches', async () => {
    const { admin, volt } = await start();
    expect((await admin('POST', '/drift', { volt_envelope: true })).json.volt_envelope).toBe(true);
    expect((await volt('GET', '/pods')).json).toMatchObject({ success: true });
    expect((await admin('POST', '/drift', { volt_nonsense: true })).status).toBe(400);
    expect((await admin('GET', '/drift')).json.volt_upper_case).toBe(false);
  });

  it('plant a canary wherever a cloud could put a secret', async () => {
    const { admin, volt, nebula, inference, world } = await start();
    const text = 'CANARY-7f3a';
    await admin('POST', '/canary', { text });
    const outside = (await admin('POST', '/pod', { cloud: 'volt', name: 'theirs' })).json.id;
    await admin('POST', '/pod', { cloud: 'nebula' });
    const instance = world.pods.list('nebula')[0]?.id;
    const bodies = [
      await nebula('GET', `/computing/instance/${instance}`),
      await nebula('GET', '/computing/instances'),
      await nebula('GET', '/computing/products'),
      await nebula('GET', '/serverless/models'),
      await nebula('GET', '/computing/instance/none'),
      await inference('/embeddings', {}),
      await volt('GET', `/pods/${str(outside)}`),
      await volt('GET', '/pods'),
      await volt('GET', '/machines'),
      await volt('GET', '/templates'),
      await volt('GET', '/templates/tpl_custom_01'),
      await volt('GET', '/pods/none'),
    ];
    expect(bodies.filter((answer) => !answer.text.includes(text))).toEqual([]);
    await admin('POST', '/canary', { text: null });
    expect((await volt('GET', '/templates/tpl_custom_01')).text).not.toContain(text);
  });

  it('reset everything, without a body too', async () => {
    const { admin, volt, world } = await start();
    await volt('POST', '/pods', LIUM);
    await admin('POST', '/drift', { volt_envelope: true });
    await admin('POST', '/clock', { advance_seconds: 1000 });
    await volt('DELETE', '/api-keys', { key_id: 'ak_001' });
    expect((await admin('POST', '/reset')).json).toEqual({ now: START, speed: 0 });
    expect((await volt('GET', '/pods')).json).toEqual({ pods: [], total: 0 });
    expect(world.ledger.balance('volt')).toBe(1000);
    expect(world.requests).toHaveLength(1);
  });

  it('answer 404 to anything else and 400 to bodies that are not JSON', async () => {
    const { admin, sandbox } = await start();
    expect((await admin('GET', '/nothing')).status).toBe(404);
    expect((await fetch(`${sandbox.url}/elsewhere`)).status).toBe(404);
    const raw = { method: 'POST', body: '{"speed":1}', headers: { 'content-type': 'text/plain' } };
    expect((await fetch(`${sandbox.url}/sandbox/clock`, raw)).status).toBe(400);
    expect((await admin('POST', '/price', { cloud: 'volt', product_id: 'x', usd: 1 })).status).toBe(400);
  });
});
