import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What is written down before a spend: enough to look for its result after a crash. No secrets. */
export interface Intent {
  id: string;
  at: string;
  tool: string;
  input: unknown;
  planned: unknown;
}

/** How an intent ended. An intent without an end was left open by a crash. */
export interface Closing {
  id: string;
  outcome: string;
  ref: string | null;
}

export interface Journal {
  /** Resolves once the intent is on disk (fsync). */
  open(intent: Omit<Intent, 'id'>): Promise<string>;
  close(closing: Closing): Promise<void>;
  /** Intents that dead processes left open; each is handed out to one process only. */
  abandoned(): Promise<Intent[]>;
}

const FILE = /^journal-(\d+)-[\w-]+\.jsonl$/;

/** True while a process of that id runs (a foreign owner counts as running). */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

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

/** A journal in `dir`, append-only files (0600) owned by one process each, so that processes never mix lines. */
export function createJournal(dir: string, alive: (pid: number) => boolean = isRunning): Journal {
  const newName = () => join(dir, `journal-${process.pid}-${randomUUID()}.jsonl`);
  const own = newName();
  const fileOf = new Map<string, string>();
  const append = async (path: string, record: Intent | Closing) => {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const file = await open(path, 'a', 0o600);
    try {
      await file.write(`${JSON.stringify(record)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  };
  return {
    async open(intent) {
      const id = randomUUID();
      fileOf.set(id, own);
      await append(own, { ...intent, id });
      return id;
    },
    async close(closing) {
      await append(fileOf.get(closing.id) ?? own, closing);
      fileOf.delete(closing.id);
    },
    async abandoned() {
      const names = await readdir(dir).catch(() => []);
      const found: Intent[] = [];
      for (const name of names) {
        const pid = FILE.exec(name)?.[1];
        if (pid === undefined || Number(pid) === process.pid || alive(Number(pid))) continue;
        const claimed = newName();
        const intents = await claim(join(dir, name), claimed);
        for (const intent of intents) fileOf.set(intent.id, claimed);
        found.push(...intents);
      }
      return found;
    },
  };
}

/** Takes a dead process's file over by renaming it, which succeeds in one process only; a file without open intents goes. */
async function claim(theirs: string, mine: string): Promise<Intent[]> {
  try {
    await rename(theirs, mine);
  } catch {
    return [];
  }
  const intents = openIntents(await readFile(mine, 'utf8'));
  if (intents.length === 0) await rm(mine, { force: true });
  return intents;
}
