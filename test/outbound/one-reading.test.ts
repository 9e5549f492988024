import { describe, expect, it } from 'vitest';
import type { ReadingMark } from '../../src/core/cloud.ts';
import { oneReadingLayer } from '../../src/outbound/reads.ts';
import type { Call, Send } from '../../src/outbound/send.ts';
import { call, reply, write } from './fixtures.ts';

function counted() {
  const sent: Call[] = [];
  const send: Send = async (given) => {
    sent.push(given);
    return reply(200, sent.length);
  };
  return { sent, send: oneReadingLayer()(send) };
}

const within = (reading: ReadingMark, over: Partial<Call> = {}): Call =>
  call({ ...over, io: { signal: new AbortController().signal, fresh: true, reading } });

describe('one reading', () => {
  it('sends the same GET once, whether the first is still in flight or answered', async () => {
    const { send, sent } = counted();
    const reading = { of: 'create_pod' };
    const [first, second] = await Promise.all([send(within(reading)), send(within(reading))]);
    expect(await send(within(reading))).toBe(first);
    expect([second, sent.length]).toEqual([first, 1]);
  });

  it('shares a failure, so that its parts agree', async () => {
    let tries = 0;
    const send = oneReadingLayer()(async () => {
      tries += 1;
      throw new Error(`down ${tries}`);
    });
    const reading = { of: 'create_pod' };
    for (const _ of [1, 2]) await expect(send(within(reading))).rejects.toThrow('down 1');
  });

  it('has the answer for who may send nothing, whose failure is no answer for the others', async () => {
    const { send, sent } = counted();
    const reading = { of: 'create_pod' };
    const quiet = within(reading);
    const asked = () => send({ ...quiet, io: { ...quiet.io, fresh: false, kept: true } });
    await asked();
    expect(await send(within(reading))).toEqual(reply(200, 2));
    expect(await asked()).toEqual(reply(200, 2));
    expect(sent).toHaveLength(2);
  });

  it.each([
    ['another reading', within({ of: 'create_pod' })],
    ['no reading', call()],
    ['another URL', call({ url: 'http://127.0.0.1/machines' })],
    ['a write', write()],
    ['a GET that acts', write({ method: 'GET' })],
  ])('has nothing to do with %s', async (_name, other) => {
    const { send, sent } = counted();
    await send(within({ of: 'create_pod' }));
    await send(other);
    expect(sent).toHaveLength(2);
  });

  it('ends with a write, which may change what it shows: what came before and meanwhile is read again', async () => {
    const { send, sent } = counted();
    const reading = { of: 'create_pod' };
    await send(within(reading));
    const writing = send(write());
    await send(within(reading));
    await writing;
    await send(within(reading));
    expect(sent).toHaveLength(4);
  });

  it('never keeps an action back that is asked for twice', async () => {
    const { send, sent } = counted();
    const reading = { of: 'create_pod' };
    const action = within(reading, { method: 'GET', repeatable: false });
    await send(action);
    await send(action);
    expect(sent).toHaveLength(2);
  });
});
