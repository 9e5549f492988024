import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { NOTHING_SENT } from '../../src/outbound/errors.ts';
import type { Endpoint } from '../../src/outbound/send.ts';
import { CREATE, httpServer, KEY, POD, READ, STOP } from './fixtures.ts';
import { answering, failing, io, keep, stackFor, writing } from './stacks.ts';

describe('a read', () => {
  const params = { id: 'p' };

  it('recovers from faults, and the log shows how often it was sent', async () => {
    const server = await answering({ status: 502 }, { status: 500 }, { body: '{"id":"p"}' });
    const { stack, logged } = stackFor(server.base);
    expect(await stack.request(READ, io(), { params })).toEqual({ id: 'p' });
    expect(logged).toMatchObject([
      { cloud: 'volt', method: 'GET', route: '/pods/:id', status: 200, attempts: 3 },
    ]);
  });

  it('limited for an hour returns the seconds at once', async () => {
    const server = await answering({ status: 429, headers: { 'retry-after': '3400' } });
    const { stack, slept } = stackFor(server.base, { hourlyBudget: 1000 });
    const error = await failing(stack.request(READ, io(), { params }));
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 3400 });
    expect(slept).toEqual([]);
    await failing(stack.request(READ, io(), { params }));
    expect(server.seen).toHaveLength(1);
    expect(stack.budget()).toMatchObject({ limit: 1000, used: 1, remaining: 0 });
  });

  it('limited for moments succeeds with the budget', async () => {
    const server = await answering({ status: 429, headers: { 'retry-after': '2' } }, { body: '{"id":"p"}' });
    const { stack } = stackFor(server.base, { hourlyBudget: 1000 });
    expect(await stack.request(READ, io(), { params })).toEqual({ id: 'p' });
    expect(stack.budget()).toMatchObject({ used: 2, remaining: 998 });
  });

  it.each([
    ['another shape', '{"pods":[{"id":"a"},{"id":7}]}', 'pods[1].id (invalid_type)'],
    ['null for a list', '{"pods":null}', 'pods (invalid_type)'],
    ['an empty object', '{}', 'pods (invalid_type)'],
    ['an envelope', '{"success":true,"data":{"pods":[]}}', 'pods (invalid_type)'],
    ['an array', '[]', 'the top level (invalid_type)'],
    ['HTML', '<html>you have no pods</html>', 'is not JSON'],
    ['nothing', '', 'the top level (invalid_type)'],
  ])('answered with %s is an unexpected response, never an empty list', async (_name, body, where) => {
    const server = await answering({ body });
    const { stack } = stackFor(server.base);
    const list: Endpoint<unknown> = { ...READ, path: '/pods', response: z.object({ pods: z.array(POD) }) };
    const error = await failing(stack.request(list, io()));
    expect(error.code).toBe('unexpected_response');
    expect(error.message).toContain(where);
  });

  it('with an unexpected shape never shows values or secrets in names', async () => {
    const server = await answering({ body: JSON.stringify({ [KEY]: 'qZ3-value', 'a\u202eb': 'x' }) });
    const { stack } = stackFor(server.base);
    const odd: Endpoint<unknown> = { ...READ, response: z.record(z.string(), z.number()) };
    const error = await failing(stack.request(odd, io(), { params }));
    expect(error.message).toContain('[redacted] (invalid_type)');
    expect(error.message).not.toMatch(/qZ3|canary/);
  });

  it('meets a schema that throws as an upstream error', async () => {
    const server = await answering({ body: '{}' });
    const { stack } = stackFor(server.base);
    const response = z.unknown().transform(() => {
      throw new RangeError('bug');
    });
    expect((await failing(stack.request({ ...READ, response }, io(), { params }))).code).toBe(
      'upstream_error',
    );
    const stop = stack.request({ ...STOP, response }, writing(), { params });
    expect((await failing(stop)).code).toBe('outcome_unknown');
  });

  it('is shared while in flight, and each caller aborts alone', async () => {
    let open = () => {};
    const arrived = new Promise<void>((resolve) => {
      open = resolve;
    });
    const release: (() => void)[] = [];
    const server = keep(
      await httpServer((_seen, response) => {
        release.push(() => response.end('{"id":"p"}'));
        open();
      }),
    );
    const { stack, logged } = stackFor(server.base);
    const controller = new AbortController();
    const leaving = failing(stack.request(READ, io({ signal: controller.signal }), { params }));
    const staying = stack.request(READ, io(), { params });
    await arrived;
    controller.abort();
    expect((await leaving).code).toBe('cancelled');
    for (const answer of release) answer();
    expect(await staying).toEqual({ id: 'p' });
    expect(server.seen).toHaveLength(1);
    expect(logged).toMatchObject([{ status: 200, attempts: 1 }]);
  });

  it('never follows a redirect, so that the key stays here', async () => {
    const other = await answering({ body: '{"id":"p"}' });
    const server = await answering({ status: 307, headers: { location: `${other.base}/pods/p` } });
    const { stack } = stackFor(server.base);
    expect((await failing(stack.request(READ, io(), { params }))).code).toBe('unexpected_response');
    expect([server.seen.length, other.seen.length]).toEqual([1, 0]);
  });

  it('from a cloud that is not there is unavailable after bounded retries', async () => {
    const gone = await httpServer(() => {});
    await gone.close();
    const { stack, slept } = stackFor(gone.base, { hourlyBudget: 1000 });
    const error = await failing(stack.request(READ, io(), { params }));
    expect(error).toMatchObject({ code: 'upstream_unavailable', retryable: true });
    expect(slept).toEqual([1000, 2000, 4000, 8000, 5000]);
    expect(stack.budget()).toMatchObject({ used: 0 });
    const write = await failing(stack.request(CREATE, writing(), { body: {} }));
    expect(write).toMatchObject({
      code: 'upstream_unavailable',
      message: expect.stringContaining(NOTHING_SENT),
    });
  });
});
