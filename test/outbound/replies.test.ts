import { describe, expect, it } from 'vitest';
import type { Explain } from '../../src/outbound/send.ts';
import { naming, numbersIn, quotesIn } from '../facts.ts';
import { call, KEY, reply, write } from './fixtures.ts';
import { mapped, passes } from './mapped.ts';

describe('the default meaning of a status', () => {
  it.each([
    [300, 'unexpected_response'],
    [302, 'unexpected_response'],
    [307, 'unexpected_response'],
    [400, 'invalid_input'],
    [401, 'unauthorized'],
    [402, 'insufficient_funds'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [405, 'unsupported'],
    [408, 'timeout'],
    [409, 'wrong_state'],
    [410, 'unsupported'],
    [413, 'invalid_input'],
    [418, 'invalid_input'],
    [422, 'invalid_input'],
    [429, 'rate_limited'],
    [500, 'upstream_error'],
    [501, 'upstream_error'],
    [502, 'upstream_unavailable'],
    [503, 'upstream_unavailable'],
    [504, 'upstream_unavailable'],
    [599, 'upstream_error'],
    [999, 'unexpected_response'],
  ])('%s is %s', async (status, code) => {
    const error = await mapped(reply(status, { error: true, status, message: 'why it failed' }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(`HTTP ${status}`);
    expect(error.message).toContain('"why it failed"');
  });

  it('of any 2xx is a success', async () => {
    for (const status of [200, 201, 204]) {
      expect(await passes(reply(status))).toMatchObject({ status });
    }
  });

  it('says that a redirect is not followed', async () => {
    expect(await mapped(reply(301))).toMatchObject({
      code: 'unexpected_response',
      message: expect.stringContaining('301'),
    });
  });

  it('of 503 is a refusal if the cloud says so: a write then left nothing open', async () => {
    const switchedOff: Explain = () => ({ code: 'unsupported', refused: true });
    expect((await mapped(reply(503), call(), switchedOff)).code).toBe('unsupported');
    expect((await mapped(reply(503), write(), switchedOff)).code).toBe('unsupported');
    expect((await mapped(reply(503), write(), () => ({ code: 'unsupported' }))).code).toBe('outcome_unknown');
  });

  it.each([
    ['7', 7],
    ['0.2', 1],
    ['Thu, 01 Jan 2026 00:00:01 GMT', 1],
    ['3400', 3400],
    ['abc', null],
    ['-5', null],
  ])('of 429 carries Retry-After %s', async (value, seconds) => {
    const error = await mapped(reply(429, null, { 'retry-after': value }));
    expect([error.retryAfterSeconds, error.retryable]).toEqual([seconds, true]);
  });
});

describe("the cloud's words", () => {
  it.each([
    [{ message: 'm' }, 'm'],
    [{ error: 'e' }, 'e'],
    [{ error: { message: 'em', code: 'x' } }, 'em'],
    [{ detail: 'd' }, 'd'],
    [
      { detail: [{ loc: ['body', 'name'], msg: 'missing' }, { msg: 'bad' }, 'odd'] },
      'body.name: missing; bad; odd',
    ],
    [{ message: 'say "hi"\u202e\u001b[31m now' }, "say 'hi' now"],
  ])('are taken from %j', async (body, words) => {
    const error = await mapped(reply(400, body));
    expect(error.code).toBe('invalid_input');
    expect([numbersIn(error.message), quotesIn(error.message)]).toEqual([[400], [words]]);
  });

  it.each([['<html>502 Bad Gateway</html>'], [''], [null], [[]], [{}], [{ message: 7 }], [{ message: ' ' }]])(
    'are missing in %j: the status text is used',
    async (body) => {
      const error = await mapped(reply(502, body));
      expect(error.message).not.toContain('"');
      expect(error.message).toContain('502');
    },
  );

  it('are capped at 300 characters', async () => {
    const error = await mapped(reply(400, { message: 'y'.repeat(1_000_000) }));
    expect([...error.message.matchAll(/y/g)]).toHaveLength(299);
  });

  it.each([
    [`the key ${KEY} is wrong`],
    [`${'x'.repeat(290)}${KEY}`],
    [`key volt_\u001b[0mcanary_8f2c1d7e`],
    ['{"vm_password": "qZ3!xyz"} volt_canary_8f2c1d7e'],
  ])('never carry a secret: %j', async (message) => {
    for (const status of [400, 404, 500]) {
      const error = await mapped(reply(status, { message }));
      expect(`${error.message} ${error.hint}`).not.toMatch(/canary|8f2c1d7e|qZ3!/);
    }
  });
});

describe("a cloud's own reading", () => {
  const failed = reply(200, { status: 'failed', message: 'Insufficient credits' });

  it('makes a 200 an error, with the words quoted', async () => {
    const explain: Explain = ({ body }) => (body === failed.body ? { code: 'insufficient_funds' } : null);
    for (const one of [call(), write()]) {
      const error = await mapped(failed, one, explain);
      expect(error.code).toBe('insufficient_funds');
      expect(error.message).toContain('"Insufficient credits"');
    }
  });

  it('overrides only what it names of the row for the status', async () => {
    const verb = 'wants another tier';
    const explain: Explain = () => ({ verb, hint: 'Raise it.' });
    expect(await mapped(reply(403), call(), explain)).toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(naming('Volt', verb, '403')),
      hint: 'Raise it.',
      status: 403,
    });
  });

  it('of a 2xx to a write that makes no sense leaves the outcome open', async () => {
    const explain: Explain = () => ({ code: 'unexpected_response', verb: 'sent no envelope' });
    const error = await mapped(reply(201, {}), write(), explain);
    expect(error).toMatchObject({ code: 'outcome_unknown', cause: { code: 'unexpected_response' } });
    expect((await mapped(reply(201, {}), call(), explain)).code).toBe('unexpected_response');
  });
});

describe('a "not found" that is not in the form of the cloud', () => {
  const FOREIGN = [
    [404, '<html><title>404 Not Found</title></html>'],
    [404, null],
    [404, { message: 'no Route matched with those values' }],
    [404, { detail: 'Not Found' }],
    [410, '<html>Gone</html>'],
    [410, null],
  ] as const;

  it.each(FOREIGN)('says nothing about the thing: %s %j', async (status, body) => {
    expect(await mapped(reply(status, body))).toMatchObject({
      code: 'upstream_error',
      retryable: true,
      status,
    });
  });

  it.each(FOREIGN)('leaves the outcome of a write open: %s %j', async (status, body) => {
    const error = await mapped(reply(status, body), write());
    expect(error).toMatchObject({ code: 'outcome_unknown', cause: { code: 'upstream_error' } });
  });

  it('also if the cloud reads "not found" out of another status', async () => {
    const explain: Explain = () => ({ code: 'not_found' });
    const gateway = { message: 'not found' };
    expect((await mapped(reply(400, gateway), call(), explain)).code).toBe('upstream_error');
    expect((await mapped(reply(400, { error: true }), call(), explain)).code).toBe('not_found');
  });

  it('may still mean that a route is missing, if the cloud reads it so; a write stays open', async () => {
    const explain: Explain = () => ({ code: 'unsupported' });
    expect((await mapped(reply(404, '<html>'), call(), explain)).code).toBe('unsupported');
    expect((await mapped(reply(404, '<html>'), write(), explain)).code).toBe('outcome_unknown');
  });
});
