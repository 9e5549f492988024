import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../../src/core/live.ts';
import { StoreUnreachable } from '../../src/core/store-error.ts';
import { withLocalTickets } from '../../src/store/local-tickets.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Tickets } from '../../src/store/port.ts';
import { ticket } from './contract/bed.ts';

const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });

/** The tickets of one process, and of another on the same store, in which `create` fails at first. */
function two(create: (tickets: Tickets, key: string) => Promise<string>) {
  const { tickets } = createMemoryStore();
  const logged: LogEvent[] = [];
  const failing = { ...tickets, create: ({ key }: { key: string }) => create(tickets, key) };
  const here = withLocalTickets(failing, (event) => logged.push(event));
  return { here, there: withLocalTickets(tickets, () => {}), logged };
}

describe('a ticket that cannot be stored', () => {
  it.each([
    ['a full disk', full],
    ['an unreachable database', new StoreUnreachable('away')],
  ])(
    'because of %s is kept in memory, used once, known to this process alone, and logged',
    async (_what, fault) => {
      const { here, there, logged } = two(() => Promise.reject(fault));
      await here.create(ticket('k'));
      expect(logged).toMatchObject([{ level: 'error' }]);
      expect(await there.find('k')).toBeNull();
      expect([await there.take('k'), await here.take('k'), await here.take('k')]).toEqual([
        false,
        true,
        false,
      ]);
      expect(await here.find('k')).toMatchObject({ state: 'taken' });
    },
  );

  it('because the store refuses this one is refused', async () => {
    const { here, logged } = two(() => Promise.reject(new Error('violates a constraint')));
    await expect(here.create(ticket('k'))).rejects.toThrow('constraint');
    expect([await here.find('k'), logged]).toEqual([null, []]);
  });

  it.each([
    ['the other', ['there', 'here']],
    ['this', ['here', 'there']],
  ] as const)(
    'as it seems, and was stored all the same, is used once: by %s process',
    async (_who, order) => {
      const { here, there } = two(async (tickets, key) => {
        await tickets.create(ticket(key));
        throw full;
      });
      await here.create(ticket('k'));
      const processes = { here, there };
      expect(await processes[order[0]].take('k')).toBe(true);
      expect(await processes[order[1]].take('k')).toBe(false);
      expect(await processes[order[1]].find('k')).toMatchObject({ state: 'taken' });
    },
  );

  it('as it seems, and was stored all the same, is used by no process after a no', async () => {
    const { here, there } = two(async (tickets, key) => {
      await tickets.create(ticket(key));
      throw full;
    });
    await here.create(ticket('k'));
    await here.drop('k');
    expect([await there.take('k'), await here.take('k'), await here.find('k')]).toEqual([false, false, null]);
  });
});
