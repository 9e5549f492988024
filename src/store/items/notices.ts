import { type Clock, elapsed, isBefore, momentOf } from '../clock.ts';
import type { Collection } from '../collection.ts';
import { shortDigest } from '../digest.ts';
import type { Exclusive } from '../lock.ts';
import { MAX_NOTICES, NOTICE_MS, type Notices } from '../port.ts';
import type { NoticeRecord } from '../records.ts';

/** Max readers that a notice remembers; the oldest are dropped. */
const MAX_READERS = 500;

/** The key of a notice, made from its text. */
export const noticeKey = (text: string): string => shortDigest(text);

/** The key of a reader of notices: a session of a principal. */
export const noticeReader = (principal: string, session: string): string =>
  shortDigest(JSON.stringify([principal, session]));

/** Notices in a collection. */
export function createNotices(
  collection: Collection<NoticeRecord>,
  clock: Clock,
  exclusive: Exclusive,
): Notices {
  const isOver = ({ made }: NoticeRecord): boolean => elapsed(clock, made) >= NOTICE_MS;
  const oldestFirst = (a: NoticeRecord, b: NoticeRecord): number =>
    Number(isBefore(b.made, a.made)) - Number(isBefore(a.made, b.made));
  const read = async () => (await collection.rows()).map(({ value }) => value).toSorted(oldestFirst);
  return {
    add: (cloud, text) =>
      exclusive('notices', async () => {
        const key = noticeKey(text);
        const all = await read();
        const live = all.filter((one) => !isOver(one));
        if (live.some((one) => one.key === key)) return;
        const others = live.filter((one) => one.cloud === cloud);
        const excess = others.slice(0, Math.max(0, others.length + 1 - MAX_NOTICES));
        for (const one of [...all.filter(isOver), ...excess]) await collection.drop(one.key);
        await collection.put(key, { key, cloud, text, made: momentOf(clock), readers: [] }, 'free');
      }),
    async all() {
      return (await read()).filter((one) => !isOver(one)).map(({ key, text }) => ({ key, text }));
    },
    markShown: (reader, keys) =>
      exclusive('notices', async () => {
        const marked: string[] = [];
        for (const key of keys) {
          const found = (await collection.find(key))?.value;
          if (found === undefined || isOver(found) || found.readers.includes(reader)) continue;
          const readers = [...found.readers, reader].slice(-MAX_READERS);
          await collection.put(key, { ...found, readers }, 'free');
          marked.push(key);
        }
        return marked;
      }),
  };
}
