import { describe, expect, it } from 'vitest';
import { computing } from '../../src/clouds/nebula/endpoints.ts';
import { ENDPOINTS } from '../../src/clouds/volt/endpoints.ts';
import { TransportFailure } from '../../src/outbound/errors.ts';
import { readsLayer } from '../../src/outbound/reads.ts';
import type { Call, Reply, Send } from '../../src/outbound/send.ts';
import { call, rejection, reply, write } from './fixtures.ts';

const live = () => ({ signal: new AbortController().signal });
const catalogue = (over: Partial<Call> = {}) => call({ cacheMs: 5_000, ...over });

/** A cache over a cloud that numbers its replies, with a clock that the test moves. */
function cached(answer: (count: number) => Reply | Promise<Reply> = (count) => reply(200, { count })) {
  let at = 0;
  let count = 0;
  const cloud: Send = async () => {
    count += 1;
    return answer(count);
  };
  const send = readsLayer(() => at)(cloud);
  return {
    send,
    count: () => count,
    read: async (over?: Partial<Call>) => (await send(catalogue(over))).body,
    pass: (ms: number) => {
      at += ms;
    },
  };
}

describe('a catalogue', () => {
  it('is asked for once within its seconds, and again after them', async () => {
    const { read, pass, count } = cached();
    expect(await read()).toEqual({ count: 1 });
    pass(4_999);
    expect(await read()).toEqual({ count: 1 });
    pass(1);
    expect(await read()).toEqual({ count: 2 });
    expect(count()).toBe(2);
  });

  it('is read again for a plan, and that reading is kept', async () => {
    const { read } = cached();
    await read();
    expect(await read({ io: { ...live(), fresh: true } })).toEqual({ count: 2 });
    expect(await read()).toEqual({ count: 2 });
  });

  it('is taken for a minute by who may send nothing, who else gets a failure and no request', async () => {
    const { read, send, pass, count } = cached();
    const kept = { io: { ...live(), kept: true } };
    expect(await rejection(read(kept))).toMatchObject({ code: 'upstream_unavailable' });
    await read();
    pass(60_000);
    expect(await read(kept)).toEqual({ count: 1 });
    pass(1);
    await rejection(read(kept));
    await rejection(send(call({ ...kept, method: 'POST' })));
    expect(count()).toBe(1);
    await read();
    await send(write());
    await rejection(read(kept));
  });

  it('of another URL is another one', async () => {
    const { read } = cached();
    await read();
    expect(await read({ url: 'http://127.0.0.1/images?region=CA' })).toEqual({ count: 2 });
  });

  it('is forgotten by a write, before and after it', async () => {
    const { read, send } = cached();
    await read();
    await send(write());
    expect(await read()).toEqual({ count: 3 });
  });

  it('read while a write was under way is not kept', async () => {
    let arrive = (_reply: Reply) => {};
    const first = new Promise<Reply>((resolve) => {
      arrive = resolve;
    });
    const { read, send } = cached((count) => (count === 1 ? first : reply(200, { count })));
    const reading = read();
    await send(write());
    arrive(reply(200, { count: 1 }));
    expect(await reading).toEqual({ count: 1 });
    expect(await read()).toEqual({ count: 3 });
  });

  it('that could not be read is asked for again', async () => {
    const { read } = cached((count) => {
      if (count === 1) throw new TransportFailure('network', true);
      return reply(200, { count });
    });
    await rejection(read());
    expect(await read()).toEqual({ count: 2 });
  });

  it('is not given to a caller who has left', async () => {
    const { read } = cached();
    await read();
    const error = await rejection(read({ io: { signal: AbortSignal.abort() } }));
    expect(error).toMatchObject({ kind: 'aborted', sent: false });
  });

  it('does not push the memory up: the oldest of many goes', async () => {
    const { read } = cached();
    for (let page = 0; page <= 16; page += 1) await read({ url: `http://127.0.0.1/images?page=${page}` });
    expect(await read({ url: 'http://127.0.0.1/images?page=16' })).toEqual({ count: 17 });
    expect(await read({ url: 'http://127.0.0.1/images?page=0' })).toEqual({ count: 18 });
  });
});

describe('everything else', () => {
  it('is never kept', async () => {
    const { read } = cached();
    await read({ cacheMs: 0 });
    expect(await read({ cacheMs: 0 })).toEqual({ count: 2 });
  });

  it('only catalogues of machines and images are declared as kept, for at most half a minute', () => {
    const declared = [...Object.values(ENDPOINTS), ...Object.values(computing)]
      .map(({ path, ...rest }) => [path, 'cacheSeconds' in rest ? rest.cacheSeconds : 0] as const)
      .filter(([, seconds]) => seconds > 0);
    expect(declared).toEqual([
      ['/machines', 5],
      ['/computing/products', 5],
      ['/computing/images', 30],
    ]);
  });
});
