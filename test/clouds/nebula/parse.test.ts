import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toText, toUtc } from '../../../src/clouds/nebula/parse.ts';
import { toAmount, toNum } from '../../../src/clouds/shared.ts';

describe('toNum', () => {
  it.each([
    [28, 28],
    ['28', 28],
    [' 58 ', 58],
    ['$1,234.5000', 1234.5],
    ['$0.0000', 0],
    ['0.0000 hours', 0],
    ['1 hour', 1],
    ['.5', 0.5],
    ['-3.25', -3.25],
    ['1,234,567', 1234567],
  ])('%j is %j', (value, number) => expect(toNum(value)).toBe(number));

  it.each([
    '',
    ' ',
    '$',
    '-',
    'hours',
    '.',
    'NaN',
    'Infinity',
    '1e3',
    '0x10',
    '1,2',
    '1,23,456',
    '12 GB',
    '1.2.3',
    '5.',
  ])('%j is null', (value) => expect(toNum(value)).toBeNull());

  it.each([[null], [undefined], [true], [[]], [['1']], [{}], [Number.NaN], [Number.POSITIVE_INFINITY]])(
    '%j is null',
    (value) => expect(toNum(value)).toBeNull(),
  );

  it('takes no time over a text that is long', () => {
    const started = performance.now();
    for (const part of [' ', '1', ',111', '$ ']) expect(toNum(`${part.repeat(200_000)}x`)).toBeNull();
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('is null or a finite number for anything', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const number = toNum(value);
        return number === null || Number.isFinite(number);
      }),
    );
  });

  it('reads back every amount in every documented dress', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000_000 }), (tenThousandths) => {
        const amount = tenThousandths / 10_000;
        const plain = amount.toFixed(4);
        const [whole = '', part = ''] = plain.split('.');
        const grouped = `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${part}`;
        for (const text of [plain, grouped, `$${plain}`, `$${grouped}`, `${plain} hours`]) {
          expect(toNum(text)).toBe(Number(plain));
        }
      }),
    );
  });

  it('never takes text without a digit for zero', () => {
    fc.assert(fc.property(fc.string(), (text) => /\d/.test(text) || toNum(text) === null));
  });
});

describe('toAmount', () => {
  it('takes no negative figure', () => {
    expect(toAmount('0.679')).toBe(0.679);
    expect(toAmount(0)).toBe(0);
    expect(toAmount(-1)).toBeNull();
    expect(toAmount('-0.5')).toBeNull();
  });
});

describe('toText', () => {
  it('cleans, caps, hides keys, and keeps nothing of what is not text', () => {
    expect(toText('a\u001b[31mb\u202ec')).toBe('abc');
    expect(toText('x'.repeat(1_000_000))).toHaveLength(200);
    expect(toText('ak_0123456789abcdef')).not.toContain('0123456789');
    expect(toText(7)).toBe('7');
    for (const value of ['', ' \n', null, undefined, true, {}, []]) expect(toText(value)).toBeNull();
  });
});

describe('toUtc', () => {
  it.each([
    ['EST 2024-07-01 12:00:00', '2024-07-01T16:00:00Z'],
    ['EST 2024-12-01 12:00:00', '2024-12-01T17:00:00Z'],
    ['EST 2024-10-29 14:19:32', '2024-10-29T18:19:32Z'],
    ['1730847667', '2024-11-05T23:01:07Z'],
    [1730847667, '2024-11-05T23:01:07Z'],
    ['EST 2024-12-31 23:59:59', '2025-01-01T04:59:59Z'],
    ['EST 2024-01-01 00:00:00', '2024-01-01T05:00:00Z'],
  ])('%j is %s', (value, utc) => expect(toUtc(value)).toBe(utc));

  it('takes the earlier instant of the hour that autumn repeats', () => {
    expect(toUtc('EST 2024-11-03 01:30:00')).toBe('2024-11-03T05:30:00Z');
    expect(toUtc('EST 2024-11-03 00:59:59')).toBe('2024-11-03T04:59:59Z');
    expect(toUtc('EST 2024-11-03 02:00:00')).toBe('2024-11-03T07:00:00Z');
  });

  it('knows no instant in the hour that spring skips', () => {
    expect(toUtc('EST 2024-03-10 02:30:00')).toBeNull();
    expect(toUtc('EST 2024-03-10 01:59:59')).toBe('2024-03-10T06:59:59Z');
    expect(toUtc('EST 2024-03-10 03:00:00')).toBe('2024-03-10T07:00:00Z');
  });

  it.each([
    '',
    'EST 2024-13-01 12:00:00',
    'EST 2024-02-30 12:00:00',
    'EST 2024-02-01 24:00:00',
    'EST 2024-02-01 12:60:00',
    'EDT 2024-07-01 12:00:00',
    'UTC: 2024-11-05 23:05:56',
    '2024-11-05T23:01:07Z',
    '17308476670000',
    '-1730847667',
    '173.5',
    null,
    undefined,
    {},
  ])('%j is null', (value) => expect(toUtc(value)).toBeNull());

  it('reads back the New York wall clock of any instant, or the same reading an hour earlier', () => {
    const wall = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'America/New_York',
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    const seconds = fc.integer({ min: Date.UTC(2008, 0, 1) / 1000, max: Date.UTC(2036, 0, 1) / 1000 });
    fc.assert(
      fc.property(seconds, (at) => {
        const read = toUtc(`EST ${wall.format(at * 1000)}`);
        const late = at - Date.parse(read ?? '') / 1000;
        return late === 0 || late === 3600;
      }),
    );
  });

  it('reads back unix seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100_000_000, max: 9_999_999_999 }), (at) => {
        expect(Date.parse(toUtc(String(at)) ?? '')).toBe(at * 1000);
      }),
    );
  });
});
