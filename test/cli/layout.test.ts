import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTable, marked, wrapLine } from '../../src/cli/terminal/layout.ts';
import { createPaint } from '../../src/cli/terminal/screen.ts';
import { wrap } from '../../src/core/columns.ts';

const plain = createPaint(false);
const widest = (lines: readonly string[]): number => Math.max(...lines.map((line) => [...line].length));
const words = (lines: readonly string[]): string[] =>
  lines
    .flatMap((line) => line.split(/\s+/))
    .filter((word) => word !== '')
    .sort();

const word = fc.stringMatching(/^[a-zé0-9:_"]{1,12}$/);
const text = fc.array(word, { minLength: 1, maxLength: 30 }).map((parts) => parts.join(' '));

describe('wrap', () => {
  it('keeps every word, in order, within the width', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 20, max: 100 }), (given, width) => {
        const lines = wrap(given, width, '  ', '> ').split('\n');
        expect(widest(lines)).toBeLessThanOrEqual(width);
        expect(lines.map((line) => line.slice(2)).join(' ')).toBe(given);
      }),
    );
  });

  it('leaves a word whole that is wider than everything', () => {
    expect(wrap(`see ${'x'.repeat(30)} there`, 20, '', '')).toBe(`see\n${'x'.repeat(30)}\nthere`);
  });

  it('puts what does not fit below the text and not below its mark', () => {
    expect(wrapLine('! Prices move with demand', 16)).toBe('! Prices move\n  with demand');
    expect(wrapLine('    - of two words', 14)).toBe('    - of two\n      words');
    expect(wrapLine('Cost: not much', 10)).toBe('Cost: not\n  much');
    expect(wrapLine('  fits as it  is', 16)).toBe('  fits as it  is');
    expect(marked('✓', 'all of it is well', 12)).toBe('✓ all of it\n  is well');
    expect(marked('→', 'all of it is well', 13, '  ')).toBe('  → all of it\n    is well');
  });
});

describe('formatTable', () => {
  const rows = [
    ['ref', 'name', '$/h', 'ip'],
    ['volt:pod:a', 'training run', '2.39', '203.0.113.42'],
    ['nebula:pod:bcd', 'x', '0.5', '-'],
  ];

  it('aligns cells, figures to the right', () => {
    expect(formatTable(rows, 80, plain)).toEqual([
      'ref             name           $/h  ip',
      'volt:pod:a      training run  2.39  203.0.113.42',
      'nebula:pod:bcd  x              0.5  -',
    ]);
  });

  it('breaks cells at spaces when it would be too wide, the widest first', () => {
    expect(formatTable(rows, 47, plain)).toEqual([
      'ref             name       $/h  ip',
      'volt:pod:a      training  2.39  203.0.113.42',
      '                run',
      'nebula:pod:bcd  x          0.5  -',
    ]);
  });

  it('gives the refs lines of their own when breaking is not enough', () => {
    expect(formatTable(rows, 32, plain)).toEqual([
      'name           $/h  ip',
      '  ref',
      'training run  2.39  203.0.113.42',
      '  volt:pod:a',
      'x              0.5  -',
      '  nebula:pod:bcd',
    ]);
  });

  it('gives every cell a line when nothing else fits', () => {
    expect(formatTable(rows, 20, plain)).toEqual([
      'volt:pod:a',
      '  name  training run',
      '  $/h   2.39',
      '  ip    203.0.113.42',
      'nebula:pod:bcd',
      '  name  x',
      '  $/h   0.5',
    ]);
  });

  it('has its heading in bold, and nothing else', () => {
    const [head, ...body] = formatTable(rows, 80, createPaint(true));
    expect(head).toBe('\u001b[1mref             name           $/h  ip\u001b[22m');
    expect(body.join('')).not.toContain('\u001b');
  });

  it('never is too wide, and loses no word', () => {
    const table = fc.integer({ min: 0, max: 4 }).chain((others) => {
      const row = (cell: fc.Arbitrary<string>) => fc.array(cell, { minLength: others, maxLength: others });
      const head = fc.array(word, { minLength: others + 1, maxLength: others + 1 });
      const body = fc.array(fc.tuple(word, row(text)), { minLength: 1, maxLength: 4 });
      return fc
        .tuple(head, body)
        .map(([names, rows]) => [names, ...rows.map(([ref, cells]) => [ref, ...cells])]);
    });
    fc.assert(
      fc.property(table, fc.integer({ min: 40, max: 120 }), (given, columns) => {
        const lines = formatTable(given, columns, plain);
        expect(widest(lines)).toBeLessThanOrEqual(columns);
        const [, ...body] = given;
        const shown = words(lines);
        for (const cell of words(body.flat())) expect(shown).toContain(cell);
      }),
    );
  });
});
