import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { appendLine } from './append.ts';
import { isOrphan, isRunning, OWNER, syncDirectory, takeOver } from './owner.ts';

/** What is written down before a spend: enough to look for its result after a crash. No secrets. */
export interface Intent {
  id: string;
  at: string;
  tool: string;
  input: unknown;
  planned: unknown;
}

/** How an intent ended. An intent without an end was left open by a crash, or its outcome is still unknown. */
export interface Closing {
  id: string;
  outcome: string;
  ref: string | null;
}

export interface Journal {
  /** Resolves once the intent is on disk (fsync). */
  open(intent: Omit<Intent, 'id'>): Promise<string>;
  close(closing: Closing): Promise<void>;
  /** The outcome is unknown: the intent stays open, to be looked for later, by this process or the next one. */
  leave(id: string): void;
  /** The intents that this process left open. */
  left(): Intent[];
  /** What the orders that this process closed had made; nothing that is looked for later can be one of these. */
  refs(): string[];
  /** Intents that dead processes left open; each is handed out to one process only. */
  abandoned(): Promise<Intent[]>;
}

const FILE = /^journal-(\d+-\w+)(?:-[\w-]+)?\.jsonl$/;
/** A spend takes minutes, and one of unknown outcome is looked for for a quarter of an hour. */
const LONGEST_MS = 60 * 60 * 1000;
const MOST_REFS = 1000;

/** The intents of a journal file that were not closed. A torn last line is an intent never begun: it is skipped. */
export function openIntents(text: string): Intent[] {
  const intents = new Map<string, Intent>();
  for (const line of text.split('\n')) {
    const record = parseLine(line);
    if (record === null) continue;
    if ('outcome' in record) intents.delete(record.id);
    else intents.set(record.id, record);
  }
  return [...intents.values()];
}

function parseLine(line: string): Intent | Closing | null {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' && record !== null && 'id' in record
      ? (record as Intent | Closing)
      : null;
  } catch {
    return null;
  }
}

/** JSON whose texts are redacted one by one, so that it stays JSON. */
const toJson = (value: unknown, redact: (text: string) => string): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? redact(inner) : inner));

function toLine(record: Intent | Closing, redact: Redact): string {
  if (!('input' in record)) return toJson(record, redact.all);
  const { input, ...others } = record;
  return `${toJson(others, redact.all).slice(0, -1)},"input":${toJson(input ?? null, redact.keys)}}`;
}

/**
 * What hides secrets: `all`, also what merely looks like one; `keys`, the configured keys alone. The second is for the
 * order's inputs: its result is looked for by the name in them, which may look like a key and be none.
 */
export interface Redact {
  all: (text: string) => string;
  keys: (text: string) => string;
}

const asItIs = (text: string): string => text;

/** A journal in `dir`, append-only files (0600) owned by one process each, so that processes never mix lines. */
export function createJournal(
  dir: string,
  alive: (pid: number) => boolean = isRunning,
  redact: Redact = { all: asItIs, keys: asItIs },
): Journal {
  const newName = () => join(dir, `journal-${OWNER}-${randomUUID()}.jsonl`);
  const own = newName();
  const known = new Map<string, { path: string; intent: Intent }>();
  const left = new Set<string>();
  const refs: string[] = [];
  const append = async (path: string, record: Intent | Closing) => {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await appendLine(path, toLine(record, redact), async (file, isNew) => {
      await file.sync();
      if (isNew) await syncDirectory(dir);
    });
  };
  return {
    async open(fields) {
      const intent = { ...fields, id: randomUUID() };
      await append(own, intent);
      known.set(intent.id, { path: own, intent });
      return intent.id;
    },
    async close(closing) {
      if (closing.ref !== null) refs.push(closing.ref);
      if (refs.length > MOST_REFS) refs.shift();
      left.delete(closing.id);
      await append(known.get(closing.id)?.path ?? own, closing);
      known.delete(closing.id);
    },
    leave: (id) => {
      left.add(id);
    },
    left: () => [...left].flatMap((id) => known.get(id)?.intent ?? []),
    refs: () => [...refs],
    async abandoned() {
      const names = await readdir(dir).catch(() => []);
      const found: Intent[] = [];
      for (const name of names) {
        const owner = FILE.exec(name)?.[1];
        const theirs = join(dir, name);
        if (owner === undefined || !(await isOrphan(theirs, owner, alive, LONGEST_MS))) continue;
        const path = newName();
        const intents = await claim(theirs, path);
        for (const intent of intents) known.set(intent.id, { path, intent });
        found.push(...intents);
      }
      return found;
    },
  };
}

/** Takes a dead process's file over; a file without open intents goes. */
async function claim(theirs: string, mine: string): Promise<Intent[]> {
  if (!(await takeOver(theirs, mine))) return [];
  const intents = openIntents(await readFile(mine, 'utf8'));
  if (intents.length === 0) await rm(mine, { force: true });
  return intents;
}
