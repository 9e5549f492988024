import { StoreUnreachable } from '../../core/store-error.ts';
import { orderSchema } from '../records.ts';
import type { Accounts, Deps } from './deps.ts';

/** The problems of the store for a person: it is unreachable, records wait for it, or records cannot be read. */
export async function problemsOf(
  { database, presence }: Pick<Deps, 'database' | 'presence'>,
  { ids }: Accounts,
): Promise<string[]> {
  try {
    await presence.ready();
    const rows = await database.read<{ id: string; record: unknown }>(
      'select id, record from gpu_mcp.orders where account = any($1)',
      [ids],
    );
    const [durable] = await database.read<{ on: string }>(
      `select current_setting('synchronous_commit') as on`,
    );
    const notDurable =
      durable?.on === 'off'
        ? [
            `${database.name} has synchronous_commit = off: a crash of the database can lose orders; set it to on`,
          ]
        : [];
    const unreadable = rows
      .filter(({ record }) => !orderSchema.safeParse(record).success)
      .map(({ id }) => `order ${id} in ${database.name} cannot be read; another version may have written it`);
    return [...notDurable, ...unreadable];
  } catch (error) {
    if (!(error instanceof StoreUnreachable)) throw error;
    const waiting = presence.waiting();
    const more = waiting === 0 ? '' : `, and ${waiting} records wait to be written`;
    return [`${error.message.replace(/\.$/, '')}; nothing that spends is sent until it is back${more}`];
  }
}
