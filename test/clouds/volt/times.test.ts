import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utc } from '../../../src/clouds/volt/map.ts';

const time = () => fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });

describe('a time in a reply', () => {
  it('stays as it is where it is UTC', () => {
    fc.assert(
      fc.property(time(), (at) => {
        expect(utc(at.toISOString())).toBe(at.toISOString());
      }),
    );
  });

  it('is turned to UTC where it has another offset', () => {
    expect(utc('2026-03-28T14:00:00+02:00')).toBe('2026-03-28T12:00:00.000Z');
  });

  it.each([
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-04-31T25:00:00Z',
    '2026-03-28T14:61:00Z',
    '2026-03-28 14:00:00',
    'yesterday',
    '',
  ])('is unknown where it is none: %s', (text) => {
    expect(utc(text)).toBe(null);
  });
});
