import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createMemoryState, createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';
import { testClock } from './clock.ts';
import { admitted, done, line, POD } from './contract/bed.ts';
import { storeContract } from './contract.ts';

storeContract('memory', async () => {
  const state = createMemoryState();
  const clock = testClock();
  const owners = new Map<Store, string>();
  return {
    ...clock,
    async open(keys = {}) {
      const owner = randomUUID();
      const store = createMemoryStore({
        state,
        clock: clock.clock,
        owner,
        keyOf: (cloud) => keys[cloud ?? ''] ?? null,
      });
      owners.set(store, owner);
      return store;
    },
    async kill(store) {
      state.dead.add(owners.get(store) ?? '');
    },
    auditLines: async () => state.lines,
    close: async () => {},
  };
});

describe('an order whose audit line could not be written', () => {
  it('stays closed, and the line is written by the next process', async () => {
    const state = createMemoryState();
    const full = () => Promise.reject(new Error('ENOSPC'));
    const store = createMemoryStore({ state, owner: 'one', onLine: full });
    const id = await admitted(store);
    await expect(store.orders.close(id, done(), line())).rejects.toThrow('ENOSPC');
    await store.orders.keepOpen(id);
    const next = createMemoryStore({ state });
    expect(await next.orders.find(id)).toMatchObject({ state: 'closed', outcome: 'done', ref: POD });
    expect(await next.orders.unresolved()).toEqual([]);
    state.dead.add('one');
    expect((await next.orders.claimAbandoned()).closed).toMatchObject([{ id, outcome: 'done' }]);
    expect(state.lines).toEqual([{ ...line(), order: id }]);
  });
});
