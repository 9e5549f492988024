import { basename } from 'node:path';
import type { FileStoreOptions } from '../files.ts';
import type { Store } from '../port.ts';
import { redactLine, redactOrder } from '../redact.ts';
import { type Connection, createPostgresStore, openConnection } from './store.ts';

const shared = new Map<string, { connection: Connection; users: number }>();

/** One connection for all stores of this process on one address. */
function share(url: string, onError: (error: unknown) => void, auditDays: number | null): Connection {
  const found = shared.get(url) ?? { connection: openConnection(url, onError, auditDays), users: 0 };
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

/**
 * The store at an address, for the accounts that these folders are named after. `scope`: stores of one scope share
 * everything else. Connects with the first use.
 */
export function openPostgresStore(
  url: string,
  scope: string,
  {
    accounts,
    keys = {},
    unnamed = {},
    redact,
    clock,
    onLine,
    sandbox = false,
    auditDays = null,
  }: FileStoreOptions,
  onError: (error: unknown) => void,
): Store {
  const ids = Object.entries(accounts).flatMap(([cloud, folder]) =>
    folder === undefined ? [] : [[cloud, basename(folder)] as const],
  );
  return createPostgresStore({
    connection: share(url, onError, auditDays),
    accounts: Object.fromEntries(ids),
    keys,
    also: Object.values(unnamed).flatMap((folder) => (folder === undefined ? [] : [basename(folder)])),
    scope,
    ...(redact && {
      redact: (order) => redactOrder(order, redact),
      redactLine: (line) => redactLine(sandbox ? { ...line, sandbox } : line, redact),
    }),
    ...(onLine && { onLine }),
    ...(clock && { clock }),
  });
}
