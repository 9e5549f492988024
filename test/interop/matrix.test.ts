import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../architecture/source.ts';
import { MATRIX, type Row } from './matrix.ts';

const unable = MATRIX.flatMap(({ package: name, lacks }) =>
  (lacks?.words ?? []).map((word) => ({ name, word, folder: lacks?.folder ?? '' })),
);

function shippedCode(name: string, folder: string) {
  const root = join(ROOT, 'node_modules', name, folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[cm]?js$/.test(file))
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8').toLowerCase() }));
}

describe('the matrix', () => {
  it.each(unable)('$name ships no code with the word $word', ({ name, folder, word }) => {
    const code = shippedCode(name, folder);
    const filesWith = (what: string) => code.flatMap(({ file, text }) => (text.includes(what) ? [file] : []));
    expect(filesWith('.calltool(')).not.toEqual([]);
    expect(filesWith(word)).toEqual([]);
  });

  it('says of no client without such a proof that it cannot ask a person or send a token', () => {
    const without = (word: string, says: (row: Row) => boolean) =>
      MATRIX.filter((row) => says(row) && row.lacks?.words.includes(word) !== true).map(({ id }) => id);
    const gets = ({ person }: Row['http']) => (person === 'did' ? null : person.gets);
    expect(
      without('elicit', ({ stdio, http }) => [gets(stdio), gets(http)].includes('plan_and_token')),
    ).toEqual([]);
    expect(without('header', ({ noToken }) => noToken !== undefined)).toEqual([]);
  });

  it('has at least six clients, each of another package', () => {
    expect(new Set(MATRIX.map((row) => row.package)).size).toBeGreaterThanOrEqual(6);
  });
});
