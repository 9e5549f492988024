import { describe, expect, it } from 'vitest';
import type { Schedule } from '../../src/core/live.ts';
import { wasAborted } from '../../src/outbound/errors.ts';
import { fakeDeps, httpServer, STOP, tcpServer } from './fixtures.ts';
import { answering, failing, keep, stackFor, writing } from './stacks.ts';

describe('a GET that stops a machine', () => {
  it.each([
    ['answers 502', { status: 502, body: '{"message":"upstream"}' }],
    ['answers HTML', { body: '<html>' }],
    ['answers another shape', { body: '{"pod":null}' }],
    ['answers nothing', { body: '' }],
  ])('and %s is sent once, outcome unknown', async (_name, answer) => {
    const server = await answering(answer);
    const { stack, slept } = stackFor(server.base);
    const error = await failing(stack.request(STOP, writing(), { params: { id: 'p' } }));
    expect(error.code).toBe('outcome_unknown');
    expect(error.cause).toBeDefined();
    expect([server.seen.length, slept]).toEqual([1, []]);
  });

  it('and drops the connection is sent once, outcome unknown', async () => {
    const server = keep(await tcpServer((socket) => socket.destroy()));
    const { stack } = stackFor(server.base);
    const error = await failing(stack.request(STOP, writing(), { params: { id: 'p' } }));
    expect(error.code).toBe('outcome_unknown');
    expect(server.heads).toEqual(['GET /pods/p/stop HTTP/1.1']);
  });

  it('and is cancelled after sending gets its answer all the same, and says so once', async () => {
    const controller = new AbortController();
    let written = 0;
    const server = keep(
      await httpServer((_request, response) => {
        controller.abort();
        setImmediate(() => response.end('{"id":"p"}'));
      }),
    );
    const { stack } = stackFor(server.base);
    const io = writing({ signal: controller.signal, onWritten: () => (written += 1) });
    expect(await stack.request(STOP, io, { params: { id: 'p' } })).toEqual({ id: 'p' });
    expect(written).toBe(1);
  });

  it('and is cancelled while it waits to be sent again is not sent again', async () => {
    const controller = new AbortController();
    const server = await answering({ status: 429, headers: { 'retry-after': '3' } }, { body: '{"id":"p"}' });
    const sleep = async () => controller.abort();
    const { stack } = stackFor(server.base, { deps: { ...fakeDeps().deps, sleep } });
    const request = stack.request(STOP, writing({ signal: controller.signal }), { params: { id: 'p' } });
    expect(await failing(request)).toMatchObject({ code: 'cancelled' });
    expect(server.seen).toHaveLength(1);
  });

  it('and is aborted before sends nothing', async () => {
    const server = await answering({});
    const { stack } = stackFor(server.base);
    const request = stack.request(STOP, writing({ signal: AbortSignal.abort() }), { params: { id: 'p' } });
    expect(await failing(request)).toMatchObject({ code: 'cancelled' });
    expect(server.seen).toEqual([]);
  });

  it('and does not answer in time has an unknown outcome', async () => {
    let late = () => {};
    const timer: Schedule = (_ms, run) => {
      late = run;
      return () => {};
    };
    const server = keep(await httpServer(() => late()));
    const { stack } = stackFor(server.base, { deps: { ...fakeDeps().deps, timer } });
    const error = await failing(stack.request(STOP, writing(), { params: { id: 'p' } }));
    expect(error).toMatchObject({ code: 'outcome_unknown', cause: { name: 'TimeoutError' } });
    expect(wasAborted(error)).toBe(false);
    expect(server.seen).toHaveLength(1);
  });

  it('and is limited is sent again after Retry-After', async () => {
    const server = await answering({ status: 429, headers: { 'retry-after': '3' } }, { body: '{"id":"p"}' });
    const { stack, slept } = stackFor(server.base);
    expect(await stack.request(STOP, writing(), { params: { id: 'p' } })).toEqual({ id: 'p' });
    expect([server.seen.length, slept]).toEqual([2, [3000]]);
  });
});
