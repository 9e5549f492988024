/** A process of its own on a store in files, started by host-lock.test.ts. Commands and answers are lines of JSON. */
import { createInterface } from 'node:readline';
import { createFileStore } from '../../src/store/files.ts';
import type { LockKind } from '../../src/store/host-lock.ts';
import type { NewOrder } from '../../src/store/port.ts';

/** `admit`: the orders, when the wall clock shows `at`, with room for that many pods. `abandoned`: takes over the work of ended processes and names it. `hold`: keeps the lock of orders until the process ends. */
export type Command = { folder: string; lock: LockKind } & (
  | { act: 'admit'; at: number; orders: NewOrder[]; pods: number }
  | { act: 'hold' }
  | { act: 'abandoned' }
);

const answer = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

createInterface({ input: process.stdin }).on('line', async (text) => {
  const command: Command = JSON.parse(text);
  const { folder, lock } = command;
  const store = createFileStore({ accounts: { volt: folder }, shared: folder, lock });
  if (command.act === 'hold') {
    await store.exclusive('orders', () => {
      answer('holds');
      return new Promise(() => {});
    });
    return;
  }
  if (command.act === 'abandoned') {
    answer((await store.orders.claimAbandoned()).open.map(({ id }) => id));
    return;
  }
  // All processes begin in the same millisecond.
  while (Date.now() < command.at);
  const room = { usd_per_hour: 1000, pods: command.pods };
  const reading = { listed: [], burning: [] };
  const admissions = await Promise.all(
    command.orders.map((order) => store.orders.admit(order, reading, room)),
  );
  answer(admissions.map(({ kind }) => kind));
});
