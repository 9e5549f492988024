import { appendFile, mkdir, open, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createJournal, openIntents } from '../../src/store/journal.ts';
import { isRunning, OWNER } from '../../src/store/owner.ts';
import { modeOf, stateDirectory } from './directory.ts';

const dead = () => false;
const INTENT = {
  at: '2026-03-28T12:00:00.000Z',
  tool: 'create_pod',
  input: { name: 'trainer' },
  planned: { data: { before: ['volt:pod:a'] } },
};

const journals = async (dir: string) => (await readdir(dir)).filter((name) => name.startsWith('journal-'));
const everything = async (dir: string) =>
  (await Promise.all((await journals(dir)).map((name) => readFile(join(dir, name), 'utf8')))).join('');

/** The journal of a process that died: id of a process that never runs, one line each. */
async function leftBehind(dir: string, text: string, pid = 999_999_999): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, `journal-${pid}-left.jsonl`), text);
}
const line = (id: string, more: object = INTENT) => `${JSON.stringify({ ...more, id })}\n`;

describe('a journal', () => {
  it('has the whole intent on disk when open resolves, in a private file in a private directory', async () => {
    const dir = await stateDirectory();
    const id = await createJournal(dir).open(INTENT);
    const [file = '', ...others] = await journals(dir);
    expect(others).toEqual([]);
    expect(JSON.parse(await readFile(join(dir, file), 'utf8'))).toEqual({ ...INTENT, id });
    expect([await modeOf(dir), await modeOf(join(dir, file))]).toEqual(['700', '600']);
  });

  it('writes nothing before the first intent', async () => {
    const dir = await stateDirectory();
    expect(await createJournal(dir).abandoned()).toEqual([]);
    await expect(readdir(dir)).rejects.toThrow(/ENOENT/);
  });

  it('closes an intent with its outcome, behind it in the same file', async () => {
    const dir = await stateDirectory();
    const journal = createJournal(dir);
    const kept = await journal.open(INTENT);
    const closed = await journal.open(INTENT);
    await journal.close({ id: closed, outcome: 'done', ref: 'volt:pod:b' });
    const text = await everything(dir);
    expect(text.trim().split('\n')).toHaveLength(3);
    expect(text).toContain('"outcome":"done","ref":"volt:pod:b"');
    expect(openIntents(text).map(({ id }) => id)).toEqual([kept]);
  });

  it('rejects where it cannot write, so that nothing is sent without it', async () => {
    const dir = await stateDirectory();
    await writeFile(dir, 'a file in the way');
    await expect(createJournal(dir).open(INTENT)).rejects.toThrow();
  });

  it('begins a line of its own behind one that a full disk tore', async () => {
    const dir = await stateDirectory();
    const journal = createJournal(dir);
    const ids = [await journal.open(INTENT)];
    const [file = ''] = await journals(dir);
    await appendFile(join(dir, file), '{"id":"torn","to');
    ids.push(await journal.open(INTENT));
    expect(openIntents(await everything(dir)).map(({ id }) => id)).toEqual(ids);
  });

  it('has the whole intent on disk also where the disk takes it in pieces', async () => {
    const dir = await stateDirectory();
    const probe = await open(import.meta.filename);
    const files: { write: (text: string) => Promise<unknown> } = Object.getPrototypeOf(probe);
    await probe.close();
    const { write } = files;
    const short = vi.spyOn(files, 'write').mockImplementation(function (this: unknown, text) {
      return write.call(this, String(text).slice(0, 20));
    });
    const id = await createJournal(dir).open(INTENT);
    short.mockRestore();
    expect(openIntents(await everything(dir)).map((intent) => intent.id)).toEqual([id]);
  });

  it('keeps the lines of two journals in one directory apart', async () => {
    const dir = await stateDirectory();
    const [one, two] = [createJournal(dir), createJournal(dir)];
    const ids = await Promise.all([one, two, one, two].map((journal) => journal.open(INTENT)));
    expect(await journals(dir)).toHaveLength(2);
    expect(new Set(ids).size).toBe(4);
    await two.close({ id: ids[1] ?? '', outcome: 'done', ref: null });
    expect(openIntents(await everything(dir))).toHaveLength(3);
  });
});

describe('openIntents', () => {
  it('skips a torn last line and whatever is not a record', () => {
    const torn = line('c').slice(0, -20);
    expect(openIntents(`${line('a')}\n"text"\nnull\n[1]\n{"no":"id"}\n${line('b')}${torn}`)).toEqual([
      { ...INTENT, id: 'a' },
      { ...INTENT, id: 'b' },
    ]);
  });

  it('takes a closing for an end whatever its outcome', () => {
    const closing = (id: string, outcome: string) => line(id, { outcome, ref: null });
    const text = `${line('a')}${line('b')}${closing('a', 'done')}${closing('b', 'outcome_unknown')}`;
    expect(openIntents(text)).toEqual([]);
  });
});

describe('what dead processes left open', () => {
  it('is told at the next start, and only what was not closed', async () => {
    const dir = await stateDirectory();
    await leftBehind(dir, `${line('a')}${line('b')}${line('a', { outcome: 'done', ref: null })}`);
    expect(await createJournal(dir, dead).abandoned()).toEqual([{ ...INTENT, id: 'b' }]);
  });

  it('survives a torn line', async () => {
    const dir = await stateDirectory();
    await leftBehind(dir, `${line('a')}{"id":"b","to`);
    expect(await createJournal(dir, dead).abandoned()).toEqual([{ ...INTENT, id: 'a' }]);
  });

  it('goes to exactly one of many processes that start at once', async () => {
    const dir = await stateDirectory();
    await leftBehind(dir, line('a'));
    const told = await Promise.all(Array.from({ length: 8 }, () => createJournal(dir, dead).abandoned()));
    expect(told.flat()).toEqual([{ ...INTENT, id: 'a' }]);
  });

  it('is told once, and stays on disk until it is closed', async () => {
    const dir = await stateDirectory();
    await leftBehind(dir, line('a'));
    const journal = createJournal(dir, dead);
    expect(await journal.abandoned()).toHaveLength(1);
    expect(await journal.abandoned()).toEqual([]);
    expect(openIntents(await everything(dir))).toHaveLength(1);
    await journal.close({ id: 'a', outcome: 'done', ref: null });
    expect(openIntents(await everything(dir))).toEqual([]);
  });

  it('leaves the journals of living processes alone', async () => {
    const dir = await stateDirectory();
    await leftBehind(dir, line('a'));
    expect(await createJournal(dir, () => true).abandoned()).toEqual([]);
    expect(await journals(dir)).toEqual(['journal-999999999-left.jsonl']);
  });

  it('does not touch another journal of its own process', async () => {
    const dir = await stateDirectory();
    await createJournal(dir).open(INTENT);
    expect(await createJournal(dir, dead).abandoned()).toEqual([]);
    expect((await journals(dir))[0]).toContain(`journal-${OWNER}-`);
  });

  it('is found where the dead process had the id of this one, as in a container that was restarted', async () => {
    const dir = await stateDirectory();
    await leftBehind(dir, line('a'), process.pid);
    const before = new Date(performance.timeOrigin - 1000);
    await utimes(join(dir, `journal-${process.pid}-left.jsonl`), before, before);
    expect(await createJournal(dir, () => true).abandoned()).toEqual([{ ...INTENT, id: 'a' }]);
  });

  it('is left to a living process that has the id of this one too, as in two containers', async () => {
    const dir = await stateDirectory();
    await leftBehind(dir, line('a'), process.pid);
    expect(await createJournal(dir, () => true).abandoned()).toEqual([]);
  });

  it('is found where a stranger has the id of the dead process now, because no order takes an hour', async () => {
    const dir = await stateDirectory();
    await leftBehind(dir, line('a'));
    const earlier = new Date(Date.now() - 61 * 60_000);
    await utimes(join(dir, 'journal-999999999-left.jsonl'), earlier, earlier);
    expect(await createJournal(dir, () => true).abandoned()).toEqual([{ ...INTENT, id: 'a' }]);
    expect(await createJournal(dir, () => true).abandoned()).toEqual([]);
  });

  it('is closed on a line of its own, also behind a torn one', async () => {
    const dir = await stateDirectory();
    await leftBehind(dir, `${line('a')}{"id":"b","to`);
    const journal = createJournal(dir, dead);
    await journal.abandoned();
    await journal.close({ id: 'a', outcome: 'recovered', ref: null });
    expect(openIntents(await everything(dir))).toEqual([]);
  });

  it('is nothing where all was closed, and such files go', async () => {
    const dir = await stateDirectory();
    await leftBehind(dir, `${line('a')}${line('a', { outcome: 'done', ref: null })}`);
    await appendFile(join(dir, 'audit.jsonl'), 'not a journal\n');
    expect(await createJournal(dir, dead).abandoned()).toEqual([]);
    expect(await readdir(dir)).toEqual(['audit.jsonl']);
  });
});

describe('an intent whose outcome stays unknown', () => {
  it('stays open on disk and at hand until it is closed, and tells what orders made', async () => {
    const dir = await stateDirectory();
    const journal = createJournal(dir);
    const id = await journal.open(INTENT);
    const done = await journal.open(INTENT);
    journal.leave(id);
    await journal.close({ id: done, outcome: 'done', ref: 'volt:pod:b' });
    expect([journal.left(), journal.refs()]).toEqual([[{ ...INTENT, id }], ['volt:pod:b']]);
    expect(openIntents(await everything(dir))).toEqual([{ ...INTENT, id }]);
    await journal.close({ id, outcome: 'recovered', ref: 'volt:pod:c' });
    expect(journal.left()).toEqual([]);
    expect(openIntents(await everything(dir))).toEqual([]);
  });
});

it('holds no secrets, whatever the names in an order', async () => {
  const dir = await stateDirectory();
  const redact = (text: string) => text.replaceAll('"quo"', 'ted').replaceAll('hunter2!', '***');
  const journal = createJournal(dir, dead, { all: redact, keys: redact });
  await journal.open({ ...INTENT, input: { name: 'hunter2!', list: ['say "quo" hunter2!'] } });
  const [intent] = openIntents(await everything(dir));
  expect(intent?.input).toEqual({ name: '***', list: ['say ted ***'] });
});

describe('isRunning', () => {
  it('knows this process, and one that cannot be', () => {
    expect([isRunning(process.pid), isRunning(999_999_999)]).toEqual([true, false]);
  });
});
