import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import { TransportFailure } from '../../src/outbound/errors.ts';
import { parseRetryAfter } from '../../src/outbound/replies.ts';
import { RETRY_POLICY, retryLayer } from '../../src/outbound/retry.ts';
import type { Explain, Trace } from '../../src/outbound/send.ts';
import { call, fakeDeps, rejection, reply, scripted, write } from './fixtures.ts';

const network = (sent = true) => new TransportFailure('network', sent);
const limited = (after?: string) => reply(429, null, after === undefined ? {} : { 'retry-after': after });

describe('a repeatable call', () => {
  it.each([429, 500, 502, 503, 504])('is repeated after %s', async (status) => {
    const { retryDeps: deps, slept } = fakeDeps();
    const next = scripted(reply(status), reply(200));
    expect((await retryLayer(deps)(next.send)(call())).status).toBe(200);
    expect(next.calls).toHaveLength(2);
    expect(slept).toEqual([1000]);
  });

  it.each([200, 201, 302, 400, 401, 402, 403, 404, 408, 409, 422, 501])(
    'is not repeated after %s',
    async (status) => {
      const { retryDeps: deps } = fakeDeps();
      const next = scripted(reply(status));
      expect((await retryLayer(deps)(next.send)(call())).status).toBe(status);
      expect(next.calls).toHaveLength(1);
    },
  );

  it('is repeated after a broken connection, sent or not', async () => {
    const { retryDeps: deps } = fakeDeps();
    const next = scripted(network(true), network(false), reply(200));
    expect((await retryLayer(deps)(next.send)(call())).status).toBe(200);
  });

  it.each(['timeout', 'aborted', 'too_large', 'unreadable'] as const)(
    'is not repeated after %s',
    async (kind) => {
      const { retryDeps: deps } = fakeDeps();
      const failure = new TransportFailure(kind, true);
      const next = scripted(failure);
      expect(await rejection(retryLayer(deps)(next.send)(call()))).toBe(failure);
      expect(next.calls).toHaveLength(1);
    },
  );

  it('is not repeated after what the cloud reads as a refusal for good, such as a part that is switched off', async () => {
    const { retryDeps } = fakeDeps();
    const body = { code: 'not_available' };
    const next = scripted(reply(503, body), reply(200));
    const explain: Explain = ({ body: given }) => (given === body ? { refused: true } : null);
    expect((await retryLayer({ ...retryDeps, explain })(next.send)(call())).status).toBe(503);
    expect(next.calls).toHaveLength(1);
  });

  it.each(['SELF_SIGNED_CERT_IN_CHAIN', 'ENOTFOUND', 'PROXY_REFUSED'])(
    'is not repeated after %s, which waiting does not mend',
    async (code) => {
      const { retryDeps } = fakeDeps();
      const cause = Object.assign(new Error('x'), { code });
      const next = scripted(new TransportFailure('network', false, cause));
      await rejection(retryLayer(retryDeps)(next.send)(call()));
      expect(next.calls).toHaveLength(1);
    },
  );

  it('waits longer each time, at most 20 s in all, and gives up after 5 retries', async () => {
    const { retryDeps: deps, slept } = fakeDeps();
    const next = scripted(reply(500));
    expect((await retryLayer(deps)(next.send)(call())).status).toBe(500);
    expect(slept).toEqual([1000, 2000, 4000, 8000, 5000]);
    expect(next.calls).toHaveLength(6);
  });

  it('waits a random share of the time', async () => {
    const { retryDeps: deps, slept } = fakeDeps();
    const next = scripted(reply(500), reply(500), reply(200));
    await retryLayer({ ...deps, random: () => 0.25 })(next.send)(call());
    expect(slept).toEqual([250, 500]);
  });

  it('begins no retry once the attempts themselves took too long', async () => {
    const { retryDeps: deps, advance } = fakeDeps();
    const next = scripted(reply(504));
    await retryLayer(deps)((one) => {
      advance(RETRY_POLICY.windowMs / 2);
      return next.send(one);
    })(call());
    expect(next.calls).toHaveLength(2);
  });

  it('is not repeated once a piece of its stream was handed on', async () => {
    const { retryDeps: deps } = fakeDeps();
    const got: string[] = [];
    let sends = 0;
    const failing = rejection(
      retryLayer(deps)(async (one) => {
        sends += 1;
        one.onEvent?.('piece');
        throw network();
      })(call({ reads: 'events', onEvent: (data) => got.push(data) })),
    );
    expect(await failing).toBeInstanceOf(TransportFailure);
    expect([sends, got]).toEqual([1, ['piece']]);
  });
});

describe('a call that is not repeatable', () => {
  it.each([500, 502, 503, 504])('is sent once when %s answers', async (status) => {
    const { retryDeps: deps, slept } = fakeDeps();
    const next = scripted(reply(status));
    expect((await retryLayer(deps)(next.send)(write({ method: 'GET' }))).status).toBe(status);
    expect([next.calls.length, slept]).toEqual([1, []]);
  });

  it('is sent once when the connection breaks or cannot be made', async () => {
    for (const sent of [true, false]) {
      const { retryDeps: deps } = fakeDeps();
      const next = scripted(network(sent));
      await rejection(retryLayer(deps)(next.send)(write()));
      expect(next.calls).toHaveLength(1);
    }
  });

  it('is repeated after 429 only', async () => {
    const { retryDeps: deps } = fakeDeps();
    const next = scripted(limited('2'), reply(502));
    expect((await retryLayer(deps)(next.send)(write())).status).toBe(502);
    expect(next.calls).toHaveLength(2);
  });
});

describe('Retry-After', () => {
  it.each([
    ['seconds', '7', [7000]],
    ['the whole allowance', '20', [20_000]],
    ['a date', new Date(Date.UTC(2026, 0, 1, 0, 0, 3)).toUTCString(), [3000]],
    ['zero', '0', [1000]],
    ['a date in the past', 'Thu, 01 Jan 2015 00:00:00 GMT', [1000]],
    ['garbage', 'abc', [1000]],
    ['a negative number', '-5', [1000]],
    ['nothing', '', [1000]],
  ])('%s', async (_name, value, expected) => {
    const { retryDeps: deps, slept } = fakeDeps();
    const next = scripted(limited(value), reply(200));
    expect((await retryLayer(deps)(next.send)(call())).status).toBe(200);
    expect(slept).toEqual(expected);
  });

  it.each(['21', '3400', '9'.repeat(400)])('of %s is not waited for at all', async (value) => {
    const { retryDeps: deps, slept } = fakeDeps();
    const next = scripted(limited(value));
    expect((await retryLayer(deps)(next.send)(call())).status).toBe(429);
    expect([next.calls.length, slept]).toEqual([1, []]);
  });

  it('adds up to 20 s over all retries', async () => {
    const { retryDeps: deps, slept } = fakeDeps();
    const next = scripted(limited('9'));
    await retryLayer(deps)(next.send)(call());
    expect(slept).toEqual([9000, 9000]);
  });

  it('garbage for ever ends after 5 retries', async () => {
    const { retryDeps: deps } = fakeDeps();
    const next = scripted(limited('abc'));
    await retryLayer(deps)(next.send)(write());
    expect(next.calls).toHaveLength(6);
  });
});

describe('an exhausted budget', () => {
  const exhausted = (seconds: number) =>
    new GpuError('rate_limited', 'Nothing was sent.', { retryAfterSeconds: seconds });

  it('that soon recovers is waited for, and is no attempt', async () => {
    const { retryDeps: deps, slept } = fakeDeps();
    const trace: Trace = { status: null, attempts: 0 };
    const next = scripted(exhausted(2), reply(200));
    expect((await retryLayer(deps)(next.send)(call({ trace }))).status).toBe(200);
    expect([slept, trace]).toEqual([[2000], { status: 200, attempts: 1 }]);
  });

  it('that does not is reported at once', async () => {
    const { retryDeps: deps, slept } = fakeDeps();
    const error = exhausted(3000);
    expect(await rejection(retryLayer(deps)(scripted(error).send)(call()))).toBe(error);
    expect(slept).toEqual([]);
  });
});

describe('an abort', () => {
  it('during a wait ends the call, and nothing more is sent', async () => {
    const { retryDeps: deps } = fakeDeps();
    const controller = new AbortController();
    const next = scripted(reply(500));
    const sleep = async () => {
      controller.abort();
      throw new DOMException('aborted', 'AbortError');
    };
    const one = call({ io: { signal: controller.signal } });
    const error = await rejection(retryLayer({ ...deps, sleep })(next.send)(one));
    expect(error).toMatchObject({ kind: 'aborted', sent: false });
    expect(next.calls).toHaveLength(1);
  });

  it('that a sleep overlooks still ends the call', async () => {
    const { retryDeps: deps } = fakeDeps();
    const controller = new AbortController();
    const next = scripted(limited('1'));
    const sleep = async () => controller.abort();
    const one = write({ io: { signal: controller.signal } });
    const error = await rejection(retryLayer({ ...deps, sleep })(next.send)(one));
    expect(error).toMatchObject({ kind: 'aborted', sent: false });
    expect(next.calls).toHaveLength(1);
  });

  it('during an attempt allows no further one', async () => {
    const { retryDeps: deps } = fakeDeps();
    const controller = new AbortController();
    let sends = 0;
    const one = call({ io: { signal: controller.signal } });
    await retryLayer(deps)(async () => {
      sends += 1;
      controller.abort();
      return reply(500);
    })(one);
    expect(sends).toBe(1);
  });
});

describe('parseRetryAfter', () => {
  const now = Date.UTC(2026, 0, 1);

  it('reads seconds and dates, rounding up', () => {
    expect(parseRetryAfter('1.0005', now)).toBe(1001);
    expect(parseRetryAfter(' 30 ', now)).toBe(30_000);
    expect(parseRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60_000);
    expect(parseRetryAfter('99999999', now)).toBe(86_400_000);
  });

  it.each([
    undefined,
    '',
    '-5',
    '+5',
    '1e3',
    '5 seconds',
    'NaN',
    'Infinity',
    '0x10',
    'Foo, bar GMT',
    '2026-01-01',
  ])('returns nothing for %s', (raw) => {
    expect(parseRetryAfter(raw, now)).toBeNull();
  });

  it('is never NaN, never negative, never endless', () => {
    const raw = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.bigInt().map(String),
      fc.date().map((date) => (Number.isNaN(date.getTime()) ? 'Invalid Date' : date.toUTCString())),
      fc.stringMatching(/^[A-Z][a-z]{2}, [0-9A-Za-z: -]{0,25} GMT$/),
    );
    fc.assert(
      fc.property(raw, (text) => {
        const wait = parseRetryAfter(text, now);
        expect(wait === null || (Number.isInteger(wait) && wait >= 0 && wait <= 86_400_000)).toBe(true);
      }),
    );
  });
});
