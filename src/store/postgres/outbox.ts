import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Store } from '../port.ts';
import type { Database } from './database.ts';
import { type Deps, MS } from './deps.ts';

/** Interval between two readings of messages that NOTIFY did not deliver, milliseconds. */
const POLL_MS = 2000;
const CHANNEL = 'gpu_mcp';
const PROBE_CHANNEL = 'gpu_mcp_hears';
const PROBE_MS = 2000;
/** Overlap of two readings, milliseconds: a message becomes visible when its transaction ends, later than its own time. */
const OVERLAP_MS = 10_000;

interface Message {
  id: string;
  topic: string;
  message: string;
}

/**
 * Messages between processes as rows. NOTIFY delivers them quickly, and a reading every two seconds finds the others, so
 * that nothing is lost behind a pooler that drops LISTEN. Watchers in the sending process get them at once.
 */
export function createOutbox({ database, presence, scope }: Deps): Pick<Store, 'notify' | 'watch' | 'close'> {
  const watchers = new Set<{ topic: string; receive: (message: string) => void }>();
  /** Messages after this time are new, except for those in `delivered`. */
  let from: number | null = null;
  const delivered = new Map<string, number>();
  /** When the first watcher came: a message may come before the connection is open. */
  let watchedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let listener: pg.Client | null = null;

  const deliver = ({ id, topic, message }: Message) => {
    if (delivered.has(id)) return;
    delivered.set(id, performance.now());
    for (const watcher of watchers) if (watcher.topic === topic) watcher.receive(message);
  };
  const readNew = async () => {
    const [time] = await database.read<{ now: number }>('select gpu_mcp.ms(clock_timestamp()) as now');
    if (from !== null) {
      const found = await database.read<Message>(
        `select id::text, topic, message from gpu_mcp.outbox
         where sent > to_timestamp($1::double precision / 1000) and topic like $2 || '%' order by id`,
        [from - OVERLAP_MS, `${scope} `],
      );
      for (const { topic, ...rest } of found) deliver({ ...rest, topic: topic.slice(scope.length + 1) });
    }
    if (from === null) await skipOlder();
    from = time?.now ?? from;
    const old = performance.now() - 6 * OVERLAP_MS;
    for (const [id, at] of delivered) if (at < old) delivered.delete(id);
  };
  /** Marks the messages from before the first watcher as delivered. */
  const skipOlder = async () => {
    const sql = `select id::text from gpu_mcp.outbox where sent > clock_timestamp() - interval '1 minute'
      and sent <= clock_timestamp() - $1 * ${MS}`;
    const rows = await database.read<{ id: string }>(sql, [performance.now() - watchedAt]);
    for (const { id } of rows) delivered.set(id, performance.now());
  };
  const poll = (): Promise<void> => {
    reading ??= readNew()
      .catch(() => {})
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  const listen = async () => {
    await presence.ready();
    const client = database.listener();
    const forget = () => {
      if (listener === client) listener = null;
    };
    client.on('error', forget).on('end', forget);
    client.on('notification', () => void poll());
    listener = client;
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch {
      forget();
      await database.end(client);
    }
  };
  const round = async () => {
    if (listener === null) await listen().catch(() => {});
    await poll();
    if (watchers.size === 0) return;
    timer = setTimeout(() => void round(), POLL_MS);
    timer.unref();
  };
  const stopListening = async () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    from = null;
    const client = listener;
    listener = null;
    if (client !== null) await database.end(client);
  };
  return {
    async notify(topic, message) {
      const [sent] = await database.write<{ id: string }>(
        `with sent as (insert into gpu_mcp.outbox (topic, message) values ($1, $2) returning id)
         select id::text, pg_notify('${CHANNEL}', '') from sent`,
        [`${scope} ${topic}`, message],
      );
      if (sent !== undefined) deliver({ id: sent.id, topic, message });
    },
    watch(topic, receive) {
      const watcher = { topic, receive };
      watchers.add(watcher);
      if (watchers.size === 1) watchedAt = performance.now();
      if (watchers.size === 1) void round();
      return () => {
        watchers.delete(watcher);
        if (watchers.size === 0) void stopListening();
      };
    },
    async close() {
      watchers.clear();
      await reading;
      await stopListening();
    },
  };
}

/**
 * Whether what one connection announces (NOTIFY) reaches another one that listens. Behind a pooler in transaction mode it does
 * not, and processes find the messages of others within two seconds. Changes nothing.
 */
export async function notifyArrives(database: Database, waitMs = PROBE_MS): Promise<boolean> {
  const word = randomUUID();
  const client = database.listener();
  let timer: NodeJS.Timeout | undefined;
  try {
    client.on('error', () => {});
    await client.connect();
    const isReceived = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, waitMs, false);
      client.on('notification', ({ payload }) => {
        if (payload === word) resolve(true);
      });
    });
    await client.query(`listen ${PROBE_CHANNEL}`);
    await database.read('select pg_notify($1, $2)', [PROBE_CHANNEL, word]);
    return await isReceived;
  } finally {
    clearTimeout(timer);
    await database.end(client);
  }
}
