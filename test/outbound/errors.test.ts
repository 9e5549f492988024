import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import { errorLayer, mapFailure, outcomeUnknown } from '../../src/outbound/errors.ts';
import { type FailureKind, TransportFailure, wasAborted } from '../../src/outbound/failure.ts';
import { createRedactor } from '../../src/outbound/redact.ts';
import type { Call, Explain, Reply } from '../../src/outbound/send.ts';
import { call, KEY, rejection, reply, scripted, write } from './fixtures.ts';

const NOW = Date.UTC(2026, 0, 1);

const mapped = async (answer: Reply | Error, one: Call = call(), explain: Explain = () => null) => {
  const context = { cloud: 'volt' as const, explain, redact: createRedactor([KEY]), now: () => NOW };
  const error = await rejection(errorLayer(context)(scripted(answer).send)(one));
  if (!(error instanceof GpuError)) throw error;
  expect(error.hint).not.toBeNull();
  expect(error.cloud).toBe('volt');
  return error;
};

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
    const context = { cloud: 'volt' as const, explain: () => null, redact: String, now: () => NOW };
    for (const status of [200, 201, 204]) {
      const send = errorLayer(context)(scripted(reply(status)).send);
      expect((await send(write())).status).toBe(status);
    }
  });

  it('says that a redirect is not followed', async () => {
    expect((await mapped(reply(301))).message).toContain('never followed');
  });

  it('of 503 not_available is that the feature does not exist, for reads and writes', async () => {
    const answer = reply(503, { error: true, code: 'not_available', message: 'no' });
    expect((await mapped(answer)).code).toBe('unsupported');
    expect((await mapped(answer, write())).code).toBe('unsupported');
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
    expect((await mapped(reply(400, body))).message).toBe(`Volt refused the request (HTTP 400): "${words}"`);
  });

  it.each([['<html>502 Bad Gateway</html>'], [''], [null], [[]], [{}], [{ message: 7 }], [{ message: ' ' }]])(
    'are missing in %j: the status text stands in',
    async (body) => {
      const error = await mapped(reply(502, body));
      expect(error.message).toBe('Volt is unavailable (HTTP 502).');
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
    for (const explain of [() => null, () => ({ code: 'not_found', message, hint: message }) as const]) {
      const error = await mapped(reply(400, { message }), call(), explain);
      expect(`${error.message} ${error.hint}`).not.toMatch(/canary|8f2c1d7e|qZ3!/);
    }
  });
});

describe("a cloud's own reading", () => {
  const failed = reply(200, { status: 'failed', message: 'Insufficient credits' });

  it('makes a 200 an error, and a raw message is quoted', async () => {
    const explain: Explain = ({ body }) =>
      body === failed.body ? { code: 'insufficient_funds', message: 'Insufficient credits' } : null;
    for (const one of [call(), write()]) {
      const error = await mapped(failed, one, explain);
      expect(error.code).toBe('insufficient_funds');
      expect(error.message).toBe('Volt refused the request (HTTP 200): "Insufficient credits"');
    }
  });

  it('may be a sentence and a hint of its own', async () => {
    const explain: Explain = () => ({
      code: 'forbidden',
      message: 'The tier is too low.',
      hint: 'Raise it.',
    });
    expect(await mapped(reply(400), call(), explain)).toMatchObject({
      code: 'forbidden',
      message: 'The tier is too low.',
      hint: 'Raise it.',
    });
  });

  it('of a 2xx to a write that makes no sense leaves the outcome open', async () => {
    const explain: Explain = () => ({ code: 'unexpected_response', message: 'No envelope.' });
    const error = await mapped(reply(201, {}), write(), explain);
    expect(error).toMatchObject({ code: 'outcome_unknown', cause: { code: 'unexpected_response' } });
    expect((await mapped(reply(201, {}), call(), explain)).code).toBe('unexpected_response');
  });

  it('that throws is no reading', async () => {
    const explain: Explain = () => {
      throw new TypeError('bug');
    };
    expect((await mapped(reply(404), call(), explain)).code).toBe('not_found');
  });
});

describe('a write', () => {
  it.each([303, 408, 500, 502, 503, 504])('answered %s has an unknown outcome', async (status) => {
    const error = await mapped(reply(status, { message: 'words' }), write({ method: 'GET' }));
    expect(error.code).toBe('outcome_unknown');
    expect(error.retryable).toBe(false);
    expect(error.hint).toContain('Do not send it again');
    expect(error.cause).toMatchObject({ message: expect.stringContaining('"words"') });
  });

  it.each([
    [400, 'invalid_input'],
    [402, 'insufficient_funds'],
    [409, 'wrong_state'],
    [429, 'rate_limited'],
    [302, 'unexpected_response'],
  ])('answered %s was refused: %s', async (status, code) => {
    expect((await mapped(reply(status), write())).code).toBe(code);
  });

  it.each(['network', 'timeout', 'aborted', 'too_large', 'unreadable'] satisfies FailureKind[])(
    'that failed after sending has an unknown outcome: %s',
    async (kind) => {
      const failure = new TransportFailure(kind, true);
      const error = await mapped(failure, write());
      expect(error).toMatchObject({ code: 'outcome_unknown', cause: failure });
      expect(wasAborted(error)).toBe(kind === 'aborted');
    },
  );

  it.each([
    ['network', 'upstream_unavailable'],
    ['timeout', 'upstream_unavailable'],
    ['aborted', 'cancelled'],
  ] as const)('that failed before sending says so: %s', async (kind, code) => {
    const error = await mapped(new TransportFailure(kind, false), write());
    expect(error.code).toBe(code);
    expect(error.message).toContain('Nothing was sent.');
  });

  it('that met a stranger has an unknown outcome', async () => {
    const error = await mapped(new TypeError('bug'), write());
    expect(error).toMatchObject({ code: 'outcome_unknown', cause: { message: 'bug' } });
    expect(error.message).not.toContain('bug');
  });
});

describe('a read', () => {
  it.each([
    ['network', true, 'upstream_unavailable'],
    ['network', false, 'upstream_unavailable'],
    ['timeout', true, 'timeout'],
    ['timeout', false, 'timeout'],
    ['aborted', true, 'cancelled'],
    ['aborted', false, 'cancelled'],
    ['too_large', true, 'unexpected_response'],
    ['unreadable', true, 'unexpected_response'],
  ] as const)('that failed: %s, sent %s', async (kind, sent, code) => {
    const failure = new TransportFailure(kind, sent);
    const error = await mapped(failure);
    expect(error).toMatchObject({ code, cause: failure });
    expect(error.message).not.toContain('Nothing was sent');
  });

  it('names the reason of the system where there is one', async () => {
    const refused = Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' });
    const error = await mapped(new TransportFailure('network', false, refused));
    expect(error.message).toBe('Volt could not be reached (ECONNREFUSED).');
  });

  it('that met a stranger tells nothing of it', async () => {
    const error = await mapped(new TypeError(`bug ${KEY}`));
    expect(error.code).toBe('upstream_error');
    expect(error.message).not.toContain('bug');
    expect((await mapped(new DOMException('x', 'AbortError'))).code).toBe('cancelled');
  });
});

describe('GpuErrors of inner layers', () => {
  it('pass as they are', () => {
    const error = new GpuError('forbidden', 'no');
    expect(mapFailure('volt', write(), error)).toBe(error);
  });
});

describe('wasAborted', () => {
  it('looks through the causes, and only through errors', () => {
    const abort = new DOMException('gone', 'AbortError');
    expect(wasAborted(outcomeUnknown('volt', 'x', new Error('y', { cause: abort })))).toBe(true);
    expect(wasAborted(new Error('AbortError'))).toBe(false);
    expect(wasAborted('AbortError')).toBe(false);
    const loop = new Error('loop');
    loop.cause = loop;
    expect(wasAborted(loop)).toBe(false);
  });
});
