import { expect, it } from 'vitest';
import { readPaid, saveFor } from '../../src/engine/paid.ts';
import { createMemoryStore } from '../../src/store/memory.ts';

/** Keeps and reads for one principal, in a store in which an owner has room for two contents. */
function small() {
  const { paid } = createMemoryStore();
  const put: typeof paid.put = (key, owner, value, for_ms) =>
    paid.put(key, owner, value, for_ms, { max_bytes: 400 });
  const room = {
    keeps_paid: 'store',
    redact: (text: string) => text,
    gate: { store: { paid: { ...paid, put } } },
  } as const;
  const write = () => Promise.reject(new Error('no file is written'));
  return {
    save: (what: 'result' | 'document', letter: string) =>
      saveFor(room, 'anna', { what, name: what, type: 'text/plain', content: letter.repeat(100), write }),
    read: (uri: string, principal = 'anna') => readPaid(room, principal, uri),
  };
}

it('documents push out older documents and no result that was paid for, and only their owner reads either', async () => {
  const { save, read } = small();
  const result = await save('result', 'r');
  const documents: string[] = [];
  for (const letter of ['a', 'b', 'c']) documents.push(await save('document', letter));
  const [first = '', second = '', third = ''] = documents;
  expect(await read(result)).toMatchObject({ text: 'r'.repeat(100) });
  for (const [uri, letter] of [
    [second, 'b'],
    [third, 'c'],
  ] as const)
    expect(await read(uri)).toMatchObject({ text: letter.repeat(100) });
  await expect(read(first)).rejects.toMatchObject({ code: 'not_found' });
  for (const uri of [result, third])
    await expect(read(uri, 'ben')).rejects.toMatchObject({ code: 'not_found' });
});
