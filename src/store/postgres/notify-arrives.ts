import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';

const CHANNEL = 'gpu_mcp_hears';
const WAIT_MS = 2000;

/**
 * Whether what one connection announces (NOTIFY) reaches another one that listens. Behind a pooler in transaction mode it does
 * not, and processes find the messages of others within two seconds. Changes nothing.
 */
export async function notifyArrives(database: Database, waitMs = WAIT_MS): Promise<boolean> {
  const word = randomUUID();
  const client = database.listener();
  let timer: NodeJS.Timeout | undefined;
  try {
    client.on('error', () => {});
    await client.connect();
    const heard = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, waitMs, false);
      client.on('notification', ({ payload }) => {
        if (payload === word) resolve(true);
      });
    });
    await client.query(`listen ${CHANNEL}`);
    await database.read('select pg_notify($1, $2)', [CHANNEL, word]);
    return await heard;
  } finally {
    clearTimeout(timer);
    await database.end(client);
  }
}
