import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBlank, matchesChallenge } from '../../src/gate/decide.ts';

describe('matchesChallenge', () => {
  const space = fc.stringMatching(/^[ \t\n\u00a0]{0,4}$/);
  const name = fc.stringMatching(/^[a-z][a-z0-9 ._-]{0,30}[a-z]$/);

  it('forgives surrounding space, letter case and quotes', () => {
    fc.assert(
      fc.property(name, space, space, fc.boolean(), fc.boolean(), (text, before, after, quoted, upper) => {
        const cased = upper ? text.toUpperCase() : text;
        expect(matchesChallenge(text, `${before}${quoted ? `"${cased}"` : cased}${after}`)).toBe(true);
      }),
    );
  });

  it('forgives no letter more, fewer or other of a name', () => {
    fc.assert(
      fc.property(name, fc.nat({ max: 60 }), fc.constantFrom('x', '7', '-'), (text, at, extra) => {
        const index = at % text.length;
        expect(matchesChallenge(text, text.slice(0, index) + extra + text.slice(index))).toBe(false);
      }),
    );
  });

  it('compares amounts as decimals, however the cents are written', () => {
    fc.assert(
      fc.property(
        fc.nat(999_999),
        fc.constantFrom('.', ','),
        fc.constantFrom('', '0', '00'),
        (cents, point, idle) => {
          const [wanted, other] = [(cents / 100).toFixed(2), ((cents + 1) / 100).toFixed(2)];
          for (const unit of ['', '/h', ' USD', ' usd/h', '$', ' per hour']) {
            expect(matchesChallenge(wanted, `${wanted.replace('.', point)}${idle}${unit}`)).toBe(true);
            expect(matchesChallenge(other, `${wanted}${unit}`)).toBe(false);
          }
          expect(matchesChallenge(wanted, `$${wanted}`)).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['0.39', '.39'],
    ['0.39', '$$0.39'],
    ['0.39', '0.39 or more'],
    ['1000', '1,000'],
    ['0.39', '-0.39'],
    ['my pod', 'mypod'],
    ['stop', 'stop it'],
    ['stop', 'yes'],
    ['', ''],
    ['', ' '],
    ['$', ''],
  ])('does not take for %j: %j', (text, given) => {
    expect(matchesChallenge(text, given)).toBe(false);
  });

  it.each([
    ['prod\u00a0db', 'prod db'],
    ['a\u2003b', 'a b'],
    ['a\u034fb', 'a b'],
    ['x\u2800y', 'x y'],
    ['my  pod', 'my pod'],
    ['caf\u00e9', 'cafe\u0301'],
  ])('takes what can be read off the screen for %j: %j', (text, given) => {
    expect(matchesChallenge(text, given)).toBe(true);
  });

  it('knows what is nothing', () => {
    expect([isBlank(''), isBlank(' \u200b"" '), isBlank('0')]).toEqual([true, true, false]);
  });
});
