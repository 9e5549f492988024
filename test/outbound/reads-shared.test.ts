import { describe, expect, it } from 'vitest';
import { TransportFailure } from '../../src/outbound/errors.ts';
import { readsLayer } from '../../src/outbound/reads.ts';
import type { Call, Reply, Send } from '../../src/outbound/send.ts';
import { call, rejection, reply, write } from './fixtures.ts';

/** A `next` whose replies the test lets out, and which fails as the transport does when its signal aborts. */
function held() {
  const flights: { call: Call; answer: (reply: Reply) => void; fail: (error: Error) => void }[] = [];
  const send: Send = (given) =>
    new Promise((resolve, reject) => {
      flights.push({ call: given, answer: resolve, fail: reject });
      given.io.signal.addEventListener('abort', () => reject(new TransportFailure('aborted', true)));
    });
  return { flights, send: readsLayer(() => 0)(send) };
}

const abortable = (over: Partial<Call> = {}) => {
  const controller = new AbortController();
  return { one: call({ ...over, io: { signal: controller.signal } }), abort: () => controller.abort() };
};

describe('identical reads in flight', () => {
  it('share one request and its reply', async () => {
    const { send, flights } = held();
    const replies = [send(call()), send(call()), send(call())];
    expect(flights).toHaveLength(1);
    flights[0]?.answer(reply(200, { total: 1 }));
    expect((await Promise.all(replies)).map(({ body }) => body)).toEqual([
      { total: 1 },
      { total: 1 },
      { total: 1 },
    ]);
  });

  it('share a failure too, and the next read asks again', async () => {
    const { send, flights } = held();
    const failing = [rejection(send(call())), rejection(send(call()))];
    const error = new TransportFailure('network', true);
    flights[0]?.fail(error);
    expect(await Promise.all(failing)).toEqual([error, error]);
    const again = send(call());
    flights[1]?.answer(reply(200));
    expect((await again).status).toBe(200);
  });

  it.each([
    ['another URL', call({ url: 'http://127.0.0.1/machines' })],
    ['bytes', call({ reads: 'bytes' })],
    ['a poll', call({ io: { signal: new AbortController().signal, purpose: 'poll' } })],
    ['a fresh read', call({ io: { signal: new AbortController().signal, fresh: true } })],
    ['a stream', call({ reads: 'events' })],
    ['a POST', call({ method: 'POST' })],
    ['a GET that is not repeatable', write({ method: 'GET' })],
  ])('are not shared with %s', (_name, other) => {
    const { send, flights } = held();
    void send(call());
    void send(other);
    void send(other);
    expect(flights.length).toBeGreaterThanOrEqual(2);
    expect(flights[1]?.call.url).toBe(other.url);
  });

  it.each([
    ['fresh reads', call({ io: { signal: new AbortController().signal, fresh: true } })],
    ['streams', call({ reads: 'events' })],
    ['writes by GET', write({ method: 'GET' })],
  ])('are never shared if they are %s', (_name, one) => {
    const { send, flights } = held();
    void send(one);
    void send(one);
    expect(flights).toHaveLength(2);
  });

  it('are not joined from before a write', async () => {
    const { send, flights } = held();
    const early = send(call());
    const writing = send(write());
    const during = send(call());
    flights[1]?.answer(reply(200));
    await writing;
    const after = send(call());
    expect(flights).toHaveLength(4);
    for (const { answer } of flights) answer(reply(200));
    expect(await Promise.all([early, during, after])).toHaveLength(3);
  });
});

describe('an abort', () => {
  it('of one caller leaves the others their reply', async () => {
    const { send, flights } = held();
    const first = abortable();
    const second = abortable();
    const failing = rejection(send(first.one));
    const staying = send(second.one);
    first.abort();
    expect(await failing).toMatchObject({ kind: 'aborted' });
    expect(flights[0]?.call.io.signal.aborted).toBe(false);
    flights[0]?.answer(reply(200));
    expect((await staying).status).toBe(200);
  });

  it('of all callers ends the request, and a later read starts another', async () => {
    const { send, flights } = held();
    const callers = [abortable(), abortable()];
    const failing = callers.map(({ one }) => rejection(send(one)));
    for (const { abort } of callers) abort();
    expect(flights[0]?.call.io.signal.aborted).toBe(true);
    const later = send(call());
    flights[1]?.answer(reply(200));
    expect((await later).status).toBe(200);
    expect(await Promise.all(failing)).toMatchObject([{ kind: 'aborted' }, { kind: 'aborted' }]);
  });

  it('before the call sends nothing', async () => {
    const { send, flights } = held();
    const error = await rejection(send(call({ io: { signal: AbortSignal.abort() } })));
    expect(error).toMatchObject({ kind: 'aborted', sent: false });
    expect(flights).toEqual([]);
  });

  it('after the reply does nothing', async () => {
    const { send, flights } = held();
    const { one, abort } = abortable();
    const answered = send(one);
    flights[0]?.answer(reply(200));
    await answered;
    abort();
    expect(flights[0]?.call.io.signal.aborted).toBe(false);
  });
});
