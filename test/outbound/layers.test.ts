import { describe, expect, it } from 'vitest';
import { CLOUDS, keyFormsOf } from '../../src/clouds/index.ts';
import { GpuError } from '../../src/core/errors.ts';
import type { Schedule } from '../../src/core/live.ts';
import { issuePermit } from '../../src/core/permit.ts';
import { TransportFailure, wasAborted } from '../../src/outbound/errors.ts';
import { createRedactor } from '../../src/outbound/redact.ts';
import { compose, type Send } from '../../src/outbound/send.ts';
import { attemptLayer, logLayer, permitLayer } from '../../src/outbound/stack.ts';
import { call, fakeDeps, KEY, rejection, reply, scripted, write } from './fixtures.ts';

const FORMS = keyFormsOf(CLOUDS);

describe('permit', () => {
  const { signal } = new AbortController();

  it('lets reads pass without one, and writes with a live one', async () => {
    const next = scripted(reply(200));
    await permitLayer(next.send)(call());
    await permitLayer(next.send)(write());
    expect(next.calls).toHaveLength(2);
  });

  it('stops every write without a live one before anything is sent', async () => {
    const { permit, revoke } = issuePermit('stop_pod');
    revoke();
    for (const io of [{ signal }, { signal, permit }, { signal, permit: { tool: 'stop_pod' } }]) {
      const next = scripted(reply(200));
      const error = await rejection(permitLayer(next.send)(write({ method: 'GET', io })));
      expect(error).toMatchObject({ code: 'forbidden' });
      expect(next.calls).toEqual([]);
    }
  });
});

describe('one attempt', () => {
  /** Never answers; fails as the transport does when the signal aborts. */
  const hanging =
    (sent: boolean): Send =>
    ({ io }) =>
      new Promise((_resolve, reject) => {
        const fail = () => reject(new TransportFailure('aborted', sent, io.signal.reason));
        if (io.signal.aborted) fail();
        io.signal.addEventListener('abort', fail);
      });

  it.each([true, false])(
    'ends a call that takes too long, and keeps whether it was sent: %s',
    async (sent) => {
      const error = await rejection(attemptLayer()(hanging(sent))(call({ timeoutMs: 5 })));
      expect(error).toMatchObject({ kind: 'timeout', sent });
      expect(wasAborted(error)).toBe(false);
    },
  );

  it('passes an abort of the caller on as an abort', async () => {
    const controller = new AbortController();
    const failing = rejection(attemptLayer()(hanging(true))(call({ io: { signal: controller.signal } })));
    controller.abort(new Error('because'));
    expect(await failing).toMatchObject({ kind: 'aborted', cause: { message: 'because' } });
    const already = rejection(attemptLayer()(hanging(false))(call({ io: { signal: AbortSignal.abort() } })));
    expect(await already).toMatchObject({ kind: 'aborted', sent: false });
  });

  it('leaves other failures as they are', async () => {
    const failure = new TransportFailure('network', true);
    expect(await rejection(attemptLayer()(scripted(failure).send)(call()))).toBe(failure);
  });

  it('does not time streams, which the transport times piece by piece', async () => {
    const timed: number[] = [];
    const timer: Schedule = (ms) => {
      timed.push(ms);
      return () => {};
    };
    for (const reads of ['json', 'events'] as const) {
      await attemptLayer(timer)(scripted(reply(200)).send)(call({ reads, timeoutMs: 7 }));
    }
    expect(timed).toEqual([7]);
  });
});

describe('log', () => {
  const redact = createRedactor([KEY], FORMS);

  it('writes one event without ids, headers or bodies', async () => {
    const { deps, logged, advance } = fakeDeps();
    const send = logLayer(
      deps,
      redact,
    )(async ({ trace }) => {
      advance(12);
      trace.attempts = 2;
      return reply(200, { secret: 'reply-body' });
    });
    await send(
      call({ url: 'http://h/pods/pod_secretid', route: '/pods/:id', headers: { a: 'header' }, body: 'body' }),
    );
    expect(logged).toEqual([
      {
        level: 'debug',
        msg: 'cloud call',
        cloud: 'volt',
        method: 'GET',
        route: '/pods/:id',
        status: 200,
        ms: 12,
        attempts: 2,
      },
    ]);
  });

  it.each([
    [new GpuError('outcome_unknown', `bad ${KEY}`), 'warn', 'outcome_unknown'],
    [new GpuError('cancelled', 'gone'), 'info', 'cancelled'],
    [new TypeError(KEY), 'warn', 'unmapped'],
  ])('writes the code of a failure, not its words, and passes it on', async (error, level, code) => {
    const { deps, logged } = fakeDeps();
    expect(await rejection(logLayer(deps, redact)(scripted(error).send)(write()))).toBe(error);
    expect(logged).toMatchObject([{ level, code, status: null, attempts: 0 }]);
    expect(JSON.stringify(logged)).not.toContain(KEY);
  });

  it('writes an event for a write at level info, redacted', async () => {
    const { deps, logged } = fakeDeps();
    await logLayer(deps, redact)(scripted(reply(201)).send)(write({ route: `/x/${KEY}` }));
    expect(logged).toMatchObject([{ level: 'info', route: '/x/[redacted]', status: 201 }]);
  });
});

describe('compose', () => {
  it('puts the first layer outside', async () => {
    const order: string[] = [];
    const mark =
      (name: string) =>
      (next: Send): Send =>
      (one) => {
        order.push(name);
        return next(one);
      };
    await compose([mark('a'), mark('b')], scripted(reply(200)).send)(call());
    expect(order).toEqual(['a', 'b']);
  });
});
