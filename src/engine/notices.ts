import type { CloudId } from '../core/ref.ts';
import { LEAVE_SETTINGS, withSettingsRule } from '../core/settings-rule.ts';
import { clean } from '../core/text.ts';
import { noticeKey, noticeReader } from '../store/items/notices.ts';
import { MAX_NOTICES, NOTICE_MS, type Notice, type Store } from '../store/port.ts';

/** Max notices in one result. */
const MAX_SHOWN = 5;
/** Max characters of one notice. */
const MAX_CHARACTERS = 400;
/** Max readers whose shown notices a process remembers. */
const MAX_READERS = 1000;

/** Notices for persons: the next result of each of their sessions shows them, for a day. */
export interface NoticeBoard {
  /** Logs a notice and stores it, once a day for the same text. `cloud`: whose account it concerns; null = all. */
  add(cloud: CloudId | null, text: string): void;
  /** All notices of the last day, of every process that shares the accounts, oldest first. */
  all(): Promise<Notice[]>;
  /** The notices for one call. Begins to read at once, so that the result does not wait for the store. */
  forCall(principal: string, session: string): CallNotices;
}

/** The notices of one call. */
export interface CallNotices {
  /** At most five that were not shown to this reader, marked as shown. None if the tool itself showed some. */
  take(): Promise<readonly string[]>;
  /** Marks these as shown: the tool's own result shows them. */
  markShown(texts: readonly string[]): Promise<void>;
}

/** What a board needs. */
interface NoticeDeps {
  store: Pick<Store, 'notices'>;
  redact: (text: string) => string;
  log: (event: { level: 'warn'; msg: string }) => void;
  /** Milliseconds. */
  monotonic: () => number;
}

type Own = Notice & { at: number; isKept: boolean };

/** Creates the notice board of a runtime. This process also shows the notices that the store cannot keep. */
export function createNoticeBoard({
  store: { notices: kept },
  redact,
  log,
  monotonic,
}: NoticeDeps): NoticeBoard {
  let own: Own[] = [];
  const shown = new Map<string, Set<string>>();

  const shownTo = (reader: string): Set<string> => {
    const keys = shown.get(reader) ?? new Set();
    shown.delete(reader);
    shown.set(reader, keys);
    const [oldest] = shown.keys();
    if (shown.size > MAX_READERS && oldest !== undefined) shown.delete(oldest);
    return keys;
  };
  const withOwn = (found: readonly Notice[]): Notice[] => {
    own = own.filter(({ at }) => monotonic() - at < NOTICE_MS);
    const missing = own.filter((one) => found.every(({ key }) => key !== one.key));
    return [...found, ...missing.map(({ key, text }) => ({ key, text }))];
  };
  /** Marks notices as shown; returns those that no other call of this reader has shown. */
  const mark = async (reader: string, notices: readonly Notice[]): Promise<Notice[]> => {
    const known = shownTo(reader);
    const fresh = notices.filter(({ key }) => !known.has(key));
    for (const { key } of fresh) known.add(key);
    const isUnstored = ({ key }: Notice) => own.some((one) => one.key === key && !one.isKept);
    const stored = fresh.filter((one) => !isUnstored(one)).map(({ key }) => key);
    const first = new Set(
      stored.length === 0 ? [] : await kept.markShown(reader, stored).catch(() => stored),
    );
    return fresh.filter((one) => isUnstored(one) || first.has(one.key));
  };

  return {
    add(cloud, text) {
      const cleaned = withSettingsRule(clean(redact(text), MAX_CHARACTERS - LEAVE_SETTINGS.length - 1));
      const key = noticeKey(cleaned);
      if (withOwn([]).some((one) => one.key === key)) return;
      const notice: Own = { key, text: cleaned, at: monotonic(), isKept: false };
      own = [...own, notice].slice(-MAX_NOTICES);
      log({ level: 'warn', msg: text });
      kept.add(cloud, cleaned).then(
        () => {
          notice.isKept = true;
        },
        () => {},
      );
    },
    all: async () => withOwn(await kept.all().catch(() => [])),
    forCall(principal, session) {
      const reader = noticeReader(principal, session);
      const reading = kept.all().catch((): Notice[] => []);
      let taken: Promise<readonly string[]> | null = null;
      const take = async () => {
        const unread = withOwn(await reading).filter(({ key }) => !shownTo(reader).has(key));
        return (await mark(reader, unread.slice(0, MAX_SHOWN))).map(({ text }) => text);
      };
      return {
        take: () => (taken ??= take()),
        async markShown(texts) {
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
