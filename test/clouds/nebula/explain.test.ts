import { describe, expect, it } from 'vitest';
import { CLOUDS, keyFormsOf } from '../../../src/clouds/index.ts';
import { explain, isOwnError } from '../../../src/clouds/nebula/errors.ts';
import { createRedactor } from '../../../src/outbound/redact.ts';
import { readReply } from '../../../src/outbound/replies.ts';
import { numbersIn, quotesIn } from '../../facts.ts';

const READING = {
  cloud: 'nebula',
  title: 'Nebula',
  explain,
  isOwnError,
  redact: createRedactor([], keyFormsOf(CLOUDS)),
  now: () => 0,
};

const reply = (
  status: number,
  body: unknown,
  { route = '/computing/instance/:id', repeatable = true } = {},
) => readReply(READING, { route, repeatable }, { status, headers: {}, body });

describe('explain', () => {
  it.each([
    [{ data: [], message: 'ok', status: 'success' }],
    [{ message: 'Instances created successfully', status: 'success' }],
    [{ model: 'm', object: 'list', data: [{ b64_json: 'x' }], status: 'success' }],
    [{ id: 'chatcmpl-1', choices: [], usage: {} }],
    [{ object: 'list', data: [] }],
    [null],
    [new Uint8Array([0x25, 0x50])],
  ])('lets a success pass: %j', (body) => expect(reply(200, body)).toBeNull());

  it.each([
    ['Insufficient credits', 'insufficient_funds'],
    ['Your balance is too low', 'insufficient_funds'],
    ['Instance not found', 'not_found'],
    ['Unauthorized', 'unauthorized'],
    ['Invalid API key', 'unauthorized'],
    ['Expired token.', 'unauthorized'],
    ['Invalid credentials', 'unauthorized'],
    ['Invalid SSH key', 'invalid_input'],
    ['Invalid key_data', 'invalid_input'],
    ['Invalid key name', 'invalid_input'],
    ['Insufficient permissions', 'forbidden'],
    ['Your tier does not include GPUs', 'forbidden'],
    ['The product is out of stock', 'wrong_state'],
    ['Instance limit reached', 'forbidden'],
    ['Insufficient stock', 'wrong_state'],
    ['The product is not available', 'wrong_state'],
    ['Cannot stop an instance that is Stopped', 'wrong_state'],
    ['This instance only supports Terminate', 'unsupported'],
    ['instance_name is required', 'invalid_input'],
    ['Something odd', 'upstream_error'],
  ])('a 200 that failed with %j is %s', (message, code) => {
    const failure = reply(200, { message, status: 'failed' });
    expect(failure?.code).toBe(code);
    expect(quotesIn(failure?.message)).toEqual([message]);
  });

  it('leaves open the meaning of a status that is neither: after a write the outcome is reconciled, not taken for a refusal', () => {
    for (const status of ['pending', 'processing', 'accepted', 'partial', '']) {
      expect(reply(200, { message: 'Instance is being created', status })?.code).toBe('unexpected_response');
    }
  });

  it('knows a failure in any case', () => {
    expect(reply(200, { message: 'x', status: 'FAILED' })?.code).toBe('upstream_error');
    expect(reply(201, { status: 'error' })).toMatchObject({ code: 'upstream_error' });
    expect(reply(200, { data: {}, status: 'Success' })).toBeNull();
  });

  it.each([
    [400, { message: 'Insufficient balance' }, 'insufficient_funds'],
    [400, { detail: 'bad' }, 'invalid_input'],
    [401, { detail: 'Could not validate' }, 'unauthorized'],
    [402, null, 'insufficient_funds'],
    [403, null, 'forbidden'],
    [405, { detail: 'Method Not Allowed' }, 'unsupported'],
    [409, null, 'wrong_state'],
    [
      422,
      { detail: [{ loc: ['body', 'key_name'], msg: 'field required', type: 'missing' }] },
      'invalid_input',
    ],
    [429, null, 'rate_limited'],
    [302, null, 'unexpected_response'],
    [500, { message: 'Insufficient balance' }, 'upstream_error'],
    [502, '<html>', 'upstream_unavailable'],
  ])('HTTP %i %j is %s', (status, body, code) => expect(reply(status, body)?.code).toBe(code));

  it.each([
    [401, ['NEBULA_API_KEY']],
    [402, ['get_spend']],
  ])('the hint of %i names what to check', (status, named) => {
    for (const name of named) expect(reply(status, null)?.hint).toContain(name);
  });

  it('takes the words from every known place, as quoted data', () => {
    const { message } = reply(422, { detail: [{ loc: ['body', 'a'], msg: 'no' }, 'b'] }) ?? {};
    expect([numbersIn(message), quotesIn(message)]).toEqual([[422], ['body.a: no; b']]);
    const chat = { route: '/chat/completions' };
    expect(reply(404, { error: { message: 'The model "x" does not exist' } }, chat)).toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(`"The model 'x' does not exist"`),
    });
    expect(reply(200, { error: { message: 'No such model' } }, chat)?.code).toBe('not_found');
    expect(reply(200, { detail: 'Not authenticated' })?.code).toBe('unauthorized');
    expect(reply(502, '<html>secret page</html>')?.message).not.toContain('secret');
  });

  it('never repeats a password, a key, control characters or a flood', () => {
    const canary = 'vK7!canary=Lw';
    for (const message of [
      `cannot boot with vm_password ${canary}`,
      `password: ${canary}`,
      `{"vm_password":"${canary}"}`,
      `the password is ${canary} now`,
      `Password=${canary}`,
    ]) {
      expect(reply(500, { message })?.message).not.toContain(canary);
    }
    expect(reply(200, { message: 'password is required', status: 'failed' })?.message).toContain(
      'password is required',
    );
    const nasty =
      reply(200, { message: `ak_0123456789abcdef\u001b[2J\u202e${'x'.repeat(1e6)}`, status: 'failed' })
        ?.message ?? '';
    expect(nasty).not.toMatch(/0123456789|\u001b|\u202e/);
    expect(nasty.length).toBeLessThan(400);
  });
});

describe('"not found"', () => {
  const own = { data: {}, message: 'Instance not found', status: 'failed' };

  it.each([200, 400, 404])('is believed in the envelope of Nebula: HTTP %i', (status) => {
    expect(reply(status, own)).toMatchObject({ code: 'not_found', status });
    expect(reply(status, own, { repeatable: false })).toMatchObject({ code: 'not_found' });
  });

  it.each<[string, number, unknown]>([
    ["a proxy's page", 404, '<html><body>404 Not Found</body></html>'],
    ['nothing', 404, null],
    ["a gateway's JSON", 404, { message: 'no Route matched with those values' }],
    ['a missing route', 404, { detail: 'Not Found' }],
    ['an error of the inference API on another route', 404, { error: { message: 'not found' } }],
    ['words alone', 400, { message: 'not found' }],
    ['a page of 410', 410, '<html>Gone</html>'],
  ])('is not believed of %s', (_what, status, body) => {
    expect(reply(status, body)).toMatchObject({ code: 'upstream_error', retryable: true });
    expect(reply(status, body, { repeatable: false })).toMatchObject({ code: 'outcome_unknown' });
  });
});
