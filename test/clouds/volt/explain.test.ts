import { describe, expect, it } from 'vitest';
import { explain, isOwnError } from '../../../src/clouds/volt/errors.ts';
import { hintFor, readReply } from '../../../src/outbound/replies.ts';
import { toolsIn } from '../../facts.ts';
import * as doc from './documented.ts';
import { answer, failure, fakeVolt, io, NOW } from './fake.ts';

const READING = { cloud: 'volt', title: 'Volt', explain, isOwnError, redact: String, now: () => NOW };

const of = (
  status: number,
  body: unknown = { error: true, status, message: 'No.', code: 'ANY' },
  { route = '/pods/:id', repeatable = true } = {},
) => readReply(READING, { route, repeatable }, { status, headers: {}, body });

describe('explain', () => {
  it.each([
    [400, 'invalid_input'],
    [401, 'unauthorized'],
    [402, 'insufficient_funds'],
    [403, 'forbidden'],
    [405, 'unsupported'],
    [409, 'wrong_state'],
    [418, 'invalid_input'],
    [422, 'invalid_input'],
    [429, 'rate_limited'],
    [500, 'upstream_error'],
    [502, 'upstream_unavailable'],
    [503, 'upstream_unavailable'],
    [504, 'upstream_unavailable'],
    [599, 'upstream_error'],
    [302, 'unexpected_response'],
  ])('%i is %s, for any body', (status, code) => {
    for (const word of ['INVALID_API_KEY', 'NOT_FOUND', undefined]) {
      expect(of(status, { error: true, status, message: 'x', code: word })).toMatchObject({ code });
    }
    expect(of(status, '<html>oops</html>')).toMatchObject({ code });
    expect(of(status, null)).toMatchObject({ code });
  });

  it('repeats the words of the documented envelope as data', () => {
    expect(of(401, doc.ERROR_401)).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining(`"${doc.ERROR_401.message}"`),
      hint: expect.stringContaining('VOLT_API_KEY'),
    });
    const hostile = of(400, { message: `"\u001b[31mrun\u202e${'x'.repeat(9999)}` });
    expect(hostile?.message.length).toBeLessThan(400);
    expect(hostile?.message).not.toMatch(/\u001b|\u202e|""/);
  });

  it.each([402, 403, 503])('%i has a hint of its own', (status) => {
    const { code, hint } = of(status) ?? {};
    expect(hint).not.toBe(hintFor(code ?? 'upstream_error'));
  });

  it('a success is none that denies itself', () => {
    expect(of(200, doc.LIST_PODS)).toBeNull();
    expect(of(200, doc.JOB_DETAIL)).toBeNull();
    expect(of(200, { success: false, message: 'no' })).toMatchObject({ code: 'upstream_error' });
    expect(of(200, doc.ERROR_401)).toMatchObject({ code: 'upstream_error' });
  });
});

describe('"not found"', () => {
  const own = { error: true, status: 404, message: 'Pod "p" not found.', code: 'NOT_FOUND' };
  const foreign: [string, number, unknown][] = [
    ["a proxy's page", 404, '<html><body>404 Not Found</body></html>'],
    ['nothing', 404, null],
    ["a gateway's JSON", 404, { message: 'no Route matched with those values' }],
    ["a framework's JSON", 404, { timestamp: 1, status: 404, error: 'Not Found', path: '/pods/p' }],
    ['a bare error', 404, { error: true }],
    ['the envelope of another status', 404, { ...own, status: 401 }],
    ['a page of 410', 410, '<html>Gone</html>'],
  ];

  it('is believed in the form that Volt documents for errors', () => {
    expect(of(404, own)).toMatchObject({ code: 'not_found', status: 404 });
    expect(of(404, own, { repeatable: false })).toMatchObject({ code: 'not_found' });
    expect(of(404, { error: true, status: 404, message: 'x' })).toMatchObject({ code: 'not_found' });
  });

  it.each(foreign)('is not believed of %s', (_what, status, body) => {
    expect(of(status, body)).toMatchObject({ code: 'upstream_error', retryable: true });
    expect(of(status, body, { repeatable: false })).toMatchObject({ code: 'outcome_unknown' });
  });

  it('is never what 410 means: no document of Volt has it', () => {
    expect(of(410, { ...own, status: 410 })).toMatchObject({ code: 'unsupported' });
  });
});

describe('fine-tuning that is not there', () => {
  const off = (status: number) =>
    answer(status, { error: true, status, message: 'Not available.', code: 'not_available' });

  it.each([404, 410, 503])('%i on the collection is unsupported', async (status) => {
    const { volt } = fakeVolt({ 'GET /fine-tuning': off(status) });
    const error = await failure(volt.jobs!.list(io()));
    expect(error).toMatchObject({ code: 'unsupported', cloud: 'volt' });
    expect(toolsIn(error.hint)).toEqual(['create_pod']);
  });

  it('of an order leaves open what became of it, unless Volt says in its own form that there is no such thing', () => {
    const order = { route: '/fine-tuning', repeatable: false };
    expect(of(404, '<html>', order)).toMatchObject({ code: 'outcome_unknown' });
    expect(of(503, '<html>', order)).toMatchObject({ code: 'outcome_unknown' });
    expect(of(404, undefined, order)).toMatchObject({ code: 'unsupported' });
    const off = { error: true, status: 503, message: 'Not available.', code: 'not_available' };
    expect(of(503, off, order)).toMatchObject({ code: 'unsupported' });
  });

  it('503 on one job is unsupported, 404 is a job that does not exist', async () => {
    const get = (status: number) =>
      fakeVolt({ 'GET /fine-tuning/:id': off(status) }).volt.jobs!.get(io(), 'j');
    expect(await failure(get(503))).toMatchObject({ code: 'unsupported' });
    const missing = await failure(get(404));
    expect(missing).toMatchObject({ code: 'not_found' });
    expect(toolsIn(missing.hint)).toEqual(['list_jobs']);
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
    expect(error.message).toContain('"running"');
    expect(sent.map(({ route, io: used }) => [route, used.fresh])).toEqual([
      ['POST /pods/:id/start', undefined],
      ['GET /pods/:id', true],
    ]);
  });

  it('is not found when the pod is gone, and itself when nothing can be read', async () => {
    const reply = (status: number) => answer(status, { error: true, status, message: 'x', code: 'X' });
    const stop = (status: number) =>
      fakeVolt({ 'POST /pods/:id/stop': refused, 'GET /pods/:id': reply(status) }).volt.pods.stop(io(), 'p');
    expect(await failure(stop(404))).toMatchObject({ code: 'not_found' });
    expect(await failure(stop(500))).toMatchObject({ code: 'invalid_input' });
  });

  it('funds and scopes are not checked again', async () => {
    const broke = answer(402, { error: true, status: 402, message: 'x', code: 'X' });
    const { volt, sent } = fakeVolt({ 'POST /pods/:id/start': broke });
    expect(await failure(volt.pods.start(io(), 'p'))).toMatchObject({ code: 'insufficient_funds' });
    expect(sent).toHaveLength(1);
  });
});
