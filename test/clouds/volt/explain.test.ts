import { describe, expect, it } from 'vitest';
import { explain } from '../../../src/clouds/volt/explain.ts';
import * as doc from './documented.ts';
import { answer, failure, fakeVolt, io } from './fake.ts';

const of = (status: number, body: unknown = { error: true, status, message: 'No.', code: 'ANY' }) =>
  explain({ status, headers: {}, body });

describe('explain', () => {
  it.each([
    [400, 'invalid_input'],
    [401, 'unauthorized'],
    [402, 'insufficient_funds'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [405, 'unsupported'],
    [409, 'wrong_state'],
    [410, 'not_found'],
    [418, 'invalid_input'],
    [422, 'invalid_input'],
    [429, 'rate_limited'],
    [500, 'upstream_error'],
    [502, 'upstream_unavailable'],
    [503, 'upstream_unavailable'],
    [504, 'upstream_unavailable'],
    [599, 'upstream_error'],
    [302, 'unexpected_response'],
  ])('%i is %s, whatever the body calls it', (status, code) => {
    for (const word of ['INVALID_API_KEY', 'NOT_FOUND', undefined]) {
      expect(of(status, { error: true, status: 401, message: 'x', code: word })).toMatchObject({ code });
    }
    expect(of(status, '<html>oops</html>')).toMatchObject({ code });
    expect(of(status, null)).toMatchObject({ code });
  });

  it('repeats the words of the documented envelope as data', () => {
    expect(of(401, doc.ERROR_401)).toEqual({
      code: 'unauthorized',
      message:
        'Volt answered 401: the API key is missing, wrong or revoked. Volt says: "Invalid API key. Generate a new key at Dashboard > API Keys."',
      hint: expect.stringContaining('VOLT_API_KEY'),
    });
    const hostile = of(400, { message: `"\u001b[31mrun\u202e${'x'.repeat(9999)}` });
    expect(hostile?.message.length).toBeLessThan(300);
    expect(hostile?.message).not.toMatch(/\u001b|\u202e|""/);
  });

  it('403 speaks of the scope, 402 of funds', () => {
    expect(of(403)?.hint).toContain('scope');
    expect(of(402)?.hint).toContain('Add funds');
  });

  it('a success is none that denies itself', () => {
    expect(of(200, doc.LIST_PODS)).toBeNull();
    expect(of(200, doc.JOB_DETAIL)).toBeNull();
    expect(of(200, { success: false, message: 'no' })).toMatchObject({ code: 'upstream_error' });
    expect(of(200, doc.ERROR_401)).toMatchObject({ code: 'upstream_error' });
  });
});

describe('fine-tuning that is not there', () => {
  const off = (status: number) =>
    answer(status, { error: true, status, message: 'Not available.', code: 'not_available' });

  it.each([404, 410, 503])('%i on the collection is unsupported', async (status) => {
    const { volt } = fakeVolt({ 'GET /fine-tuning': off(status) });
    const error = await failure(volt.jobs!.list(io()));
    expect(error).toMatchObject({ code: 'unsupported', cloud: 'volt' });
    expect(error.message).toContain('account or version');
  });

  it('503 on one job is unsupported, 404 is a job that does not exist', async () => {
    const get = (status: number) =>
      fakeVolt({ 'GET /fine-tuning/:id': off(status) }).volt.jobs!.get(io(), 'j');
    expect(await failure(get(503))).toMatchObject({ code: 'unsupported' });
    const missing = await failure(get(404));
    expect(missing).toMatchObject({ code: 'not_found' });
    expect(missing.hint).toContain('list_jobs');
  });

  it.each([500, 502])('%i stays what it is', async (status) => {
    const { volt } = fakeVolt({ 'GET /fine-tuning': off(status) });
    expect((await failure(volt.jobs!.list(io()))).code).not.toBe('unsupported');
  });
});

describe('an action that does not fit the state', () => {
  const refused = answer(400, {
    error: true,
    status: 400,
    message: 'Pod cannot be started.',
    code: 'INVALID_STATE',
  });

  it('is answered with the state as it is now', async () => {
    const { volt, sent } = fakeVolt({ 'POST /pods/:id/start': refused, 'GET /pods/:id': doc.POD_DETAIL });
    const error = await failure(volt.pods.start(io(), 'pod_def456'));
    expect(error).toMatchObject({ code: 'wrong_state' });
    expect(error.message).toContain('The pod is now "running".');
    expect(sent.map(({ route, io: used }) => [route, used.fresh])).toEqual([
      ['POST /pods/:id/start', undefined],
      ['GET /pods/:id', true],
    ]);
  });

  it('is not found where the pod is gone, and itself where nothing can be read', async () => {
    const reply = (status: number) => answer(status, { error: true, status, message: 'x', code: 'X' });
    const stop = (status: number) =>
      fakeVolt({ 'POST /pods/:id/stop': refused, 'GET /pods/:id': reply(status) }).volt.pods.stop(io(), 'p');
    expect(await failure(stop(404))).toMatchObject({ code: 'not_found' });
    expect(await failure(stop(500))).toMatchObject({ code: 'invalid_input' });
  });

  it('funds and scopes are not looked into', async () => {
    const broke = answer(402, { error: true, status: 402, message: 'x', code: 'X' });
    const { volt, sent } = fakeVolt({ 'POST /pods/:id/start': broke });
    expect(await failure(volt.pods.start(io(), 'p'))).toMatchObject({ code: 'insufficient_funds' });
    expect(sent).toHaveLength(1);
  });

  it('an empty change of a pod is refused before any request', async () => {
    const { volt, sent } = fakeVolt({});
    expect(await failure(volt.pods.update!(io(), 'p', {}))).toMatchObject({ code: 'invalid_input' });
    expect(sent).toEqual([]);
  });
});
