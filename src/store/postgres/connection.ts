import { createDatabase, type Database } from './database.ts';
import { createPresence, type Presence } from './presence.ts';

/** The connections of a store, and the presence of this process in its database. */
export interface Connection {
  /** Its statements wait until the schema is up to date and this process is known. */
  database: Database;
  presence: Presence;
  close(): Promise<void>;
}

/** Opens the connections to an address. `onError` gets the errors of records that are lost. */
export function openConnection(
  url: string,
  onError: (error: unknown) => void,
  auditDays: number | null = null,
): Connection {
  const database = createDatabase(url);
  const presence = createPresence(database, onError, auditDays);
  const whenReady = async <T>(act: () => Promise<T>): Promise<T> => {
    await presence.ready();
    return act();
  };
  return {
    database: {
      ...database,
      read: (sql, values) => whenReady(() => database.read(sql, values)),
      write: (sql, values) => whenReady(() => database.write(sql, values)),
      transaction: (step) => whenReady(() => database.transaction(step)),
      exclusive: (key, step) => whenReady(() => database.exclusive(key, step)),
    },
    presence,
    async close() {
      await presence.close();
      await database.close();
    },
  };
}

const shared = new Map<string, { connection: Connection; users: number }>();

/** One connection for all stores of this process on one address. */
export function shareConnection(...given: Parameters<typeof openConnection>): Connection {
  const [url] = given;
  const found = shared.get(url) ?? { connection: openConnection(...given), users: 0 };
  shared.set(url, found);
  found.users += 1;
  let isOpen = true;
  return {
    ...found.connection,
    async close() {
      if (isOpen) found.users -= 1;
      isOpen = false;
      if (found.users > 0) return;
      shared.delete(url);
      await found.connection.close();
    },
  };
}
