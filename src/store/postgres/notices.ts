import { waitAtMost } from '../../core/wait-at-most.ts';
import { noticeKey } from '../items/notices.ts';
import { MAX_NOTICES, NOTICE_MS, type Notice, type Notices, type Store } from '../port.ts';
import { type Accounts, type Deps, MS } from './deps.ts';

/** Max time that a call waits for notices, milliseconds. */
const MAX_WAIT_MS = 500;
/** Interval of readings in the background, in case a message was lost, milliseconds. */
const REREAD_MS = 60_000;
const TOPIC = 'notices';

const IS_OVER = `made <= gpu_mcp.clock() - ${NOTICE_MS} * ${MS}`;

/**
 * Notices as rows. A process reads them once, and again when a message announces new ones, so that a call on an idle
 * account sends nothing.
 */
export function createNotices(
  { database, presence }: Deps,
  { ids, of }: Pick<Accounts, 'ids' | 'of'>,
  { notify, watch }: Pick<Store, 'notify' | 'watch'>,
  max_wait_ms = MAX_WAIT_MS,
): Notices {
  let known: Notice[] = [];
  let isStale = true;
  let readAt = Number.NEGATIVE_INFINITY;
  let reads = 0;
  let reading: Promise<void> | null = null;

  const read = async () => {
    await presence.ready();
    reads += 1;
    // A process that ends after its first call does not need to listen.
    if (reads === 2) {
      watch(TOPIC, () => {
        isStale = true;
      });
    }
    isStale = reads < 2;
    readAt = performance.now();
    known = await database.read<Notice>(
      `select key, text from gpu_mcp.notices where account = any($1) and not ${IS_OVER} order by seq`,
      [ids],
    );
  };
  const readOnce = (): Promise<void> => {
    reading ??= read()
      .catch(() => {
        isStale = true;
      })
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  const insert = (account: string, text: string) =>
    database.transaction(async (query) => {
      await query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`notices ${account}`]);
      await query(`delete from gpu_mcp.notices where account = $1 and ${IS_OVER}`, [account]);
      await query(
        `insert into gpu_mcp.notices (account, key, text, made) values ($1, $2, $3, gpu_mcp.clock())
         on conflict (account, key) do nothing`,
        [account, noticeKey(text), text],
      );
      await query(
        `delete from gpu_mcp.notices where account = $1 and seq not in (
           select seq from gpu_mcp.notices where account = $1 order by seq desc limit ${MAX_NOTICES})`,
        [account],
      );
    });
  return {
    async add(cloud, text) {
      await presence.nowOrLater(async () => {
        await insert(of(cloud), text);
        isStale = true;
        await notify(TOPIC, '').catch(() => {});
      });
    },
    async all() {
      const isOld = performance.now() - readAt > REREAD_MS;
      if (isStale && database.state() !== 'unreachable')
        await waitAtMost(
          max_wait_ms,
          readOnce().catch(() => {}),
        );
      else if (isOld) void readOnce();
      return known;
    },
    async markShown(reader, keys) {
      if (keys.length === 0) return [];
      const marking = presence.nowOrLater(() =>
        database.write<{ key: string }>(
          `insert into gpu_mcp.notices_told (account, key, reader)
           select account, key, $2 from gpu_mcp.notices
           where account = any($1) and key = any($3) and not ${IS_OVER}
           on conflict do nothing returning key`,
          [ids, reader, keys],
        ),
      );
      const marked =
        (await waitAtMost(
          max_wait_ms,
          marking.catch(() => null),
        )) ?? null;
      return marked === null ? [...keys] : [...new Set(marked.map(({ key }) => key))];
    },
  };
}
