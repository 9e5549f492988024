import { describe, expect, it } from 'vitest';
import { forPerson } from '../../src/cli/terminal/layout.ts';
import { screenOf } from '../../src/cli/terminal/screen.ts';
import { plainLines } from './terminal.ts';

const screen = (columns: number, env = {}) => screenOf({ isTTY: true, columns, rows: 24 }, env);
const plain = screen(60, { NO_COLOR: '1' });

const WORDS = [
  '[sandbox: simulated clouds, no real money]',
  'pod | name | $/h',
  'volt:pod:a | one | 2.39',
  'nebula:pod:bb | two words | 0.42',
  '2 pods.',
  '! A warning that is so long that it does not fit on a line of sixty.',
].join('\n');

describe('the words of a tool for a person', () => {
  it('are aligned tables and wrapped lines', () => {
    expect(forPerson(WORDS, plain).split('\n')).toEqual([
      '[sandbox: simulated clouds, no real money]',
      'pod            name        $/h',
      'volt:pod:a     one        2.39',
      'nebula:pod:bb  two words  0.42',
      '2 pods.',
      '! A warning that is so long that it does not fit on a line',
      '  of sixty.',
    ]);
  });

  it('say the same in colour', () => {
    const colored = forPerson(WORDS, screen(60));
    expect(colored).toContain('\u001b[1m');
    expect(plainLines(colored).join('\n')).toBe(forPerson(WORDS, plain));
  });

  it('do not count one line with a bar, or lines of different cells, as a table', () => {
    for (const text of ['a | b', 'a | b\nc | d | e', 'a\nb']) expect(forPerson(text, plain)).toBe(text);
  });

  it('of a refusal have its code in red', () => {
    const text = 'not_found: There is none.\nNext: Look.';
    expect(forPerson(text, screen(60), true)).toBe(
      '\u001b[31mnot_found\u001b[39m: There is none.\nNext: Look.',
    );
    expect(forPerson(text, screen(60))).toBe(text);
  });
});

describe('the screen', () => {
  it.each([
    [{ isTTY: true, columns: 60, rows: 10 }, {}, { columns: 60, lines: 10, color: true }],
    [{ isTTY: true, columns: 0, rows: 0 }, {}, { columns: 80, lines: 24, color: true }],
    [{ isTTY: true }, { NO_COLOR: '1' }, { color: false, isTerminal: true }],
    [{ isTTY: true }, { NO_COLOR: '' }, { color: true }],
    [{ isTTY: true }, { TERM: 'dumb' }, { color: false }],
    [{}, {}, { columns: 80, color: false, isTerminal: false }],
  ])('of %o with %o is %o', (stream, env, expected) => {
    expect(screenOf(stream, env)).toMatchObject(expected);
  });
});
