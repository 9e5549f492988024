import { randomUUID } from 'node:crypto';
import { createMemoryState, createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';
import { testClock } from './clock.ts';
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
