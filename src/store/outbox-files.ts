import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from './port.ts';

/** Interval between two readings of the messages of other processes, milliseconds. */
const POLL_MS = 1000;
/** How long a message is kept, milliseconds: many times the interval. */
const KEPT_MS = 60_000;

/** `<wall clock in ms>-<random>.json`, in the order of sending; a file of another form is a draft. */
const NAME = /^\d{1,15}-[0-9a-f-]{36}\.json$/;

interface Message {
  topic: string;
  message: string;
}

function parse(text: string): Message | null {
  try {
    const { topic, message } = JSON.parse(text);
    return typeof topic === 'string' && typeof message === 'string' ? { topic, message } : null;
  } catch {
    return null;
  }
}

/** Messages between the processes of one host as files, which every process with watchers polls. Watchers in the sending process get them at once. */
export function createFileOutbox(folder: string, owner: string): Pick<Store, 'notify' | 'watch' | 'close'> {
  const watchers = new Set<{ topic: string; receive: (message: string) => void }>();
  /** Messages that were there before the first watcher, and those delivered since. */
  const known = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  let reading: Promise<void> | null = null;
  const cleaning = new Set<Promise<void>>();

  const names = async (): Promise<string[]> =>
    (await readdir(folder).catch((): string[] => [])).filter((name) => NAME.test(name)).toSorted();
  const deliver = ({ topic, message }: Message) => {
    for (const watcher of [...watchers]) if (watcher.topic === topic) watcher.receive(message);
  };
  const readNew = async () => {
    const present = await names();
    for (const name of present) {
      if (known.has(name)) continue;
      known.add(name);
      const sent = parse(await readFile(join(folder, name), 'utf8').catch(() => ''));
      if (sent !== null) deliver(sent);
    }
    for (const name of known) if (!present.includes(name)) known.delete(name);
  };
  const round = () => {
    reading ??= readNew().finally(() => {
      reading = null;
      if (watchers.size > 0) wait();
    });
  };
  const wait = () => {
    timer = setTimeout(round, POLL_MS);
    timer.unref();
  };
  const begin = () => {
    reading ??= names().then((present) => {
      for (const name of present) known.add(name);
      reading = null;
      if (watchers.size > 0) wait();
    });
  };
  const removeOld = async () => {
    for (const name of await readdir(folder)) {
      const { mtimeMs } = await stat(join(folder, name));
      if (Date.now() - mtimeMs > KEPT_MS) await rm(join(folder, name), { force: true });
    }
  };
  /** Without a sync, because a message may be lost; synchronous, so that nobody in this process sees a draft. */
  const write = (name: string, sent: Message) => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const draft = join(folder, `${owner}.${randomUUID()}.draft`);
    writeFileSync(draft, JSON.stringify(sent), { mode: 0o600 });
    renameSync(draft, join(folder, name));
  };
  const stop = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  return {
    async notify(topic, message) {
      const name = `${Date.now()}-${randomUUID()}.json`;
      if (watchers.size > 0) known.add(name);
      deliver({ topic, message });
      write(name, { topic, message });
      const cleaned = removeOld().catch(() => {});
      cleaning.add(cleaned);
      await cleaned.finally(() => cleaning.delete(cleaned));
    },
    watch(topic, receive) {
      const watcher = { topic, receive };
      watchers.add(watcher);
      if (watchers.size === 1) begin();
      return () => {
        watchers.delete(watcher);
        if (watchers.size === 0) stop();
      };
    },
    async close() {
      watchers.clear();
      stop();
      await Promise.allSettled([reading, ...cleaning]);
    },
  };
}
