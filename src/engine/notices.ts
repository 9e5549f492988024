import type { CloudId } from '../core/ref.ts';
import { clean } from '../core/text.ts';
import { noticeKey, noticeReader } from '../store/items/notices.ts';
import { MAX_NOTICES, NOTICE_MS, type Notice, type Store } from '../store/port.ts';

/** How many notices one result shows at most, and how long one is, characters. */
const MAX_SHOWN = 5;
const MAX_CHARACTERS = 400;
/** Of so many readers a process remembers what it told them. */
const MAX_READERS = 1000;

/** What persons should know: in the next result of each of their sessions, for a day. */
export interface NoticeBoard {
  /** Logs it and keeps it; once a day for one text. `cloud`: whose account it concerns; null = of no one cloud. */
  add(cloud: CloudId | null, text: string): void;
  /** All of a day, of every process that shares the accounts, oldest first. */
  all(): Promise<Notice[]>;
  /** What a call has to tell its reader. Begins to look at once, so that the result does not wait for it. */
  forCall(principal: string, session: string): CallNotices;
}

/** The notices of one call. */
export interface CallNotices {
  /** At most five that its reader was not told, marked as told. None if the tool itself told some. */
  take(): Promise<readonly string[]>;
  /** The result itself shows these. */
  told(texts: readonly string[]): Promise<void>;
}

/** What a board is made of. */
export interface NoticeDeps {
  store: Pick<Store, 'notices'>;
  redact: (text: string) => string;
  log: (event: { level: 'warn'; msg: string }) => void;
  /** Milliseconds. */
  monotonic: () => number;
}

type Own = Notice & { at: number; isKept: boolean };

/** The notices of a runtime. What the store cannot keep is told by this process all the same. */
export function createNoticeBoard({
  store: { notices: kept },
  redact,
  log,
  monotonic,
}: NoticeDeps): NoticeBoard {
  let own: Own[] = [];
  const told = new Map<string, Set<string>>();

  const toldTo = (reader: string): Set<string> => {
    const keys = told.get(reader) ?? new Set();
    told.delete(reader);
    told.set(reader, keys);
    const [oldest] = told.keys();
    if (told.size > MAX_READERS && oldest !== undefined) told.delete(oldest);
    return keys;
  };
  const withOwn = (found: readonly Notice[]): Notice[] => {
    own = own.filter(({ at }) => monotonic() - at < NOTICE_MS);
    const missing = own.filter((one) => found.every(({ key }) => key !== one.key));
    return [...found, ...missing.map(({ key, text }) => ({ key, text }))];
  };
  /** Marks notices as told; returns those that no other call of this reader has told. */
  const mark = async (reader: string, notices: readonly Notice[]): Promise<Notice[]> => {
    const known = toldTo(reader);
    const fresh = notices.filter(({ key }) => !known.has(key));
    for (const { key } of fresh) known.add(key);
    const isUnkept = ({ key }: Notice) => own.some((one) => one.key === key && !one.isKept);
    const stored = fresh.filter((one) => !isUnkept(one)).map(({ key }) => key);
    const first = new Set(stored.length === 0 ? [] : await kept.tell(reader, stored).catch(() => stored));
    return fresh.filter((one) => isUnkept(one) || first.has(one.key));
  };

  return {
    add(cloud, text) {
      const said = clean(redact(text), MAX_CHARACTERS);
      const key = noticeKey(said);
      if (withOwn([]).some((one) => one.key === key)) return;
      const notice: Own = { key, text: said, at: monotonic(), isKept: false };
      own = [...own, notice].slice(-MAX_NOTICES);
      log({ level: 'warn', msg: text });
      kept.add(cloud, said).then(
        () => {
          notice.isKept = true;
        },
        () => {},
      );
    },
    all: async () => withOwn(await kept.all().catch(() => [])),
    forCall(principal, session) {
      const reader = noticeReader(principal, session);
      const looking = kept.all().catch((): Notice[] => []);
      let taken: Promise<readonly string[]> | null = null;
      const take = async () => {
        const untold = withOwn(await looking).filter(({ key }) => !toldTo(reader).has(key));
        return (await mark(reader, untold.slice(0, MAX_SHOWN))).map(({ text }) => text);
      };
      return {
        take: () => (taken ??= take()),
        async told(texts) {
          taken = Promise.resolve([]);
          await mark(
            reader,
            texts.map((text) => ({ key: noticeKey(text), text })),
          );
        },
      };
    },
  };
}
