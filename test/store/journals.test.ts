import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { CloudId } from '../../src/core/ref.ts';
import { createJournal } from '../../src/store/journal.ts';
import { joinJournals } from '../../src/store/journals.ts';
import { planned } from '../gate/fixtures.ts';
import { stateDirectory } from './directory.ts';

const order = (cloud: CloudId | null) => ({
  at: '2026-03-28T12:00:00.000Z',
  tool: 'create_pod',
  input: { name: 'trainer' },
  planned: { ...planned(), cloud },
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
    for (const bad of [null, {}, { data: null }, order(null).planned]) {
      await expect(journal.open({ ...order('volt'), planned: bad })).rejects.toThrow('create_pod');
    }
  });
});

it('journals joined find the cloud of an order that version 1.0 wrote, which kept it in the data of the plan', async () => {
  const { dirs, journal } = await joined();
  const { cloud: _cloud, before: _before, ...old } = planned();
  await journal.open({ ...order(null), planned: { ...old, data: { cloud: 'nebula', before: [] } } });
  expect(await readdir(dirs.nebula)).toHaveLength(1);
});
