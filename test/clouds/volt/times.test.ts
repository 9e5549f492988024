import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toTime } from '../../../src/clouds/volt/wire.ts';

const time = () => fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });

describe('a time in a reply', () => {
  it('stays as it is when it is UTC', () => {
    fc.assert(
      fc.property(time(), (at) => {
        expect(toTime(at.toISOString())).toEqual({ utc: at.toISOString(), zoned: true });
      }),
    );
  });

  it('is turned to UTC when it has another offset', () => {
    expect(toTime('2026-03-28T14:00:00+02:00')).toEqual({ utc: '2026-03-28T12:00:00.000Z', zoned: true });
  });

  it.each([
    ['2026-03-28T14:00:00.123456', '2026-03-28T14:00:00.123456Z'],
    ['2026-03-28 14:00:00', '2026-03-28T14:00:00Z'],
  ])('is read as UTC if it names no zone, and says so: %s', (text, utc) => {
    expect(toTime(text)).toEqual({ utc, zoned: false });
  });

  it.each([
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-04-31T25:00:00Z',
    '2026-03-28T14:61:00Z',
    'yesterday',
    '',
  ])('is unknown if it is none: %s', (text) => {
    expect(toTime(text)).toBe(null);
  });
});
