import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clientsTable, versionIn } from '../../scripts/docs/clients-page.ts';
import { ROOT } from '../architecture/source.ts';
import { naming } from '../facts.ts';
import { MATRIX } from '../interop/matrix.ts';

const manifest = readFileSync(`${ROOT}package.json`, 'utf8');

describe('the table of independent clients', () => {
  it('has two rows a client, with the version that is installed', () => {
    const rows = clientsTable(manifest)
      .split('\n')
      .filter((line) => line.startsWith('| ['));
    expect(rows).toHaveLength(2 * MATRIX.length);
    for (const { name: client, package: name } of MATRIX) {
      const { version } = JSON.parse(readFileSync(`${ROOT}node_modules/${name}/package.json`, 'utf8'));
      const mine = rows.filter((line) => line.startsWith(`| [${client}]`));
      expect(mine.filter((line) => line.includes(`| \`${name}\` ${version} |`))).toHaveLength(2);
    }
  });

  it('gives each reason once, under its number', () => {
    const text = clientsTable(manifest);
    const numbers = [...text.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const shown = new Set([...text.matchAll(/\((\d+)\)/g)].map(([, number]) => Number(number)));
    expect([...shown].toSorted((a, b) => a - b)).toEqual(numbers);
  });

  it('refuses a package that package.json does not ask for', () => {
    expect(() => versionIn('{"devDependencies":{"a":"1"}}', 'b')).toThrow(naming('package.json', 'b'));
  });
});
