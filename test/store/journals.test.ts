import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createJournal } from '../../src/store/journal.ts';
import { joinJournals } from '../../src/store/journals.ts';
import { stateDirectory } from './directory.ts';

const order = (cloud: string) => ({
  at: '2026-03-28T12:00:00.000Z',
  tool: 'create_pod',
  input: { name: 'trainer' },
  planned: { data: { cloud, before: [] } },
});

async function joined() {
  const dirs = { volt: await stateDirectory(), nebula: await stateDirectory() };
  const journal = joinJournals({ volt: createJournal(dirs.volt), nebula: createJournal(dirs.nebula) });
  return { dirs, journal };
}

describe('journals joined', () => {
  it('write each order down with the account of its cloud, and end it there', async () => {
    const { dirs, journal } = await joined();
    const id = await journal.open(order('nebula'));
    expect(await readdir(dirs.nebula)).toHaveLength(1);
    await expect(readdir(dirs.volt)).rejects.toThrow(/ENOENT/);
    journal.leave(id);
    expect(journal.left()).toMatchObject([{ id }]);
    await journal.close({ id, outcome: 'recovered', ref: 'nebula:pod:x' });
    expect([journal.left(), journal.refs()]).toEqual([[], ['nebula:pod:x']]);
  });

  it('take no order of a cloud without an account, so that it is not sent', async () => {
    const { journal } = await joined();
    for (const planned of [null, {}, { data: null }, order('elsewhere').planned]) {
      await expect(journal.open({ ...order('volt'), planned })).rejects.toThrow('create_pod');
    }
  });
});
