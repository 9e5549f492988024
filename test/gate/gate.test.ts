import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONFIRM_MODES } from '../../src/core/policy.ts';
import { type Answer, type Decision, decide, meets, readOnly } from '../../src/gate/gate.ts';
import { CAPS, planned, policy } from './fixtures.ts';

const NONE: Answer = { kind: 'none' };
const EMPTY = { usd_per_hour: 0, pods: 0, unknown: null };
const person = policy();
const machine = policy({ can_ask: false });

const codeOf = (decision: Decision): string => (decision.do === 'refuse' ? decision.error.code : decision.do);

describe('decide: what the operator forbids comes before any consent', () => {
  const consents: Answer[] = [
    { kind: 'typed', text: '0.39' },
    { kind: 'token', verdict: 'valid' },
  ];

  it.each(consents)('refuses everything on a read-only server, whatever the answer: %j', (answer) => {
    const decision = decide(planned(), policy({ read_only: true }), EMPTY, answer);
    expect(codeOf(decision)).toBe('read_only');
  });

  it.each(consents)('refuses what is over a cap, whatever the answer: %j', (answer) => {
    const over = planned({ adds: { usd_per_hour: 25.01 } });
    expect(codeOf(decide(over, person, EMPTY, answer))).toBe('over_limit');
    expect(codeOf(decide(over, machine, EMPTY, answer))).toBe('over_limit');
  });

  it.each(consents)('executes nothing in block mode but shows the plan: %j', (answer) => {
    for (const can_ask of [true, false]) {
      const decision = decide(planned(), policy({ mode: 'block', can_ask }), EMPTY, answer);
      expect(decision).toMatchObject({ do: 'refuse', error: { code: 'declined', plan: planned().plan } });
    }
  });

  it('names the cap rather than the mode where both forbid', () => {
    const over = planned({ adds: { usd_per_hour: 26 } });
    expect(codeOf(decide(over, policy({ mode: 'block' }), EMPTY, NONE))).toBe('over_limit');
  });

  it('carries the plan of a refusal, or none where there is none', () => {
    expect(readOnly(null).plan).toBeNull();
    expect(readOnly(planned().plan)).toMatchObject({ code: 'read_only', plan: { action: 'create_pod' } });
  });
});

describe('decide: a person who can be asked', () => {
  it('is asked first, in every mode that allows anything', () => {
    for (const mode of ['auto', 'human'] as const) {
      expect(decide(planned(), policy({ mode }), EMPTY, NONE)).toEqual({ do: 'ask' });
    }
  });

  it('agrees by typing the challenge', () => {
    expect(decide(planned(), person, EMPTY, { kind: 'typed', text: ' $0.39 ' })).toEqual({ do: 'execute' });
  });

  it.each<[Answer, string, RegExp]>([
    [{ kind: 'typed', text: '0.40' }, 'declined', /not the one asked for/],
    [{ kind: 'typed', text: '' }, 'declined', /not the one asked for/],
    [{ kind: 'typed', text: 'yes' }, 'declined', /not the one asked for/],
    [{ kind: 'declined' }, 'declined', /The user declined/],
    [{ kind: 'dismissed' }, 'declined', /closed the question/],
    [{ kind: 'expired' }, 'timeout', /Nobody answered/],
    [{ kind: 'token', verdict: 'valid' }, 'confirmation_invalid', /asks the user itself/],
  ])('does not agree by %j', (answer, code, words) => {
    const decision = decide(planned(), person, EMPTY, answer);
    expect(decision).toMatchObject({ do: 'refuse', error: { code, plan: planned().plan } });
    if (decision.do === 'refuse') expect(decision.error.message).toMatch(words);
  });
});

describe('decide: a client that cannot ask', () => {
  it('gets a plan to show, and a token', () => {
    expect(decide(planned(), machine, EMPTY, NONE)).toEqual({ do: 'pending' });
  });

  it('is refused in human mode, with how to enable it', () => {
    const human = policy({ mode: 'human', can_ask: false });
    for (const answer of [NONE, { kind: 'token', verdict: 'valid' } as const]) {
      const decision = decide(planned(), human, EMPTY, answer);
      expect(codeOf(decision)).toBe('confirmation_required');
      if (decision.do === 'refuse') expect(decision.error.hint).toMatch(/elicitation.*--confirm auto/);
    }
  });

  it.each([
    ['valid', 'execute'],
    ['changed', 'pending'],
    ['unknown', 'confirmation_invalid'],
    ['expired', 'confirmation_invalid'],
    ['other_call', 'confirmation_invalid'],
    ['other_session', 'confirmation_invalid'],
  ] as const)('with a token judged %s ends in %s', (verdict, end) => {
    expect(codeOf(decide(planned(), machine, EMPTY, { kind: 'token', verdict }))).toBe(end);
  });

  it('cannot agree by words', () => {
    const answers: Answer[] = [{ kind: 'typed', text: '0.39' }, { kind: 'declined' }, { kind: 'expired' }];
    for (const answer of answers)
      expect(decide(planned(), machine, EMPTY, answer)).toEqual({ do: 'pending' });
  });
});

const anAnswer = fc.oneof(
  fc.record({ kind: fc.constant('typed' as const), text: fc.string() }),
  fc.constantFrom<Answer>(NONE, { kind: 'declined' }, { kind: 'dismissed' }, { kind: 'expired' }),
  fc.record({
    kind: fc.constant('token' as const),
    verdict: fc.constantFrom(
      'valid' as const,
      'changed' as const,
      'expired' as const,
      'unknown' as const,
      'other_call' as const,
      'other_session' as const,
    ),
  }),
);

describe('decide over all policies and answers', () => {
  it('executes only with consent of the right kind, under the caps, on a server that may write', () => {
    fc.assert(
      fc.property(
        fc.record({
          mode: fc.constantFrom(...CONFIRM_MODES),
          read_only: fc.boolean(),
          can_ask: fc.boolean(),
          caps: fc.constant(CAPS),
        }),
        anAnswer,
        fc.double({ min: 0, max: 50, noNaN: true }),
        (given, answer, price) => {
          const decision = decide(planned({ adds: { usd_per_hour: price } }), given, EMPTY, answer);
          if (decision.do !== 'execute') return;
          expect(given.read_only).toBe(false);
          expect(given.mode).not.toBe('block');
          expect(price).toBeLessThanOrEqual(CAPS.max_usd_per_hour + 1e-6);
          if (given.can_ask) expect(answer).toMatchObject({ kind: 'typed' });
          else {
            expect(answer).toEqual({ kind: 'token', verdict: 'valid' });
            expect(given.mode).toBe('auto');
          }
        },
      ),
    );
  });
});

describe('meets', () => {
  const space = fc.stringMatching(/^[ \t\n\u00a0]{0,4}$/);
  const challenge = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,30}[A-Za-z0-9]$/),
    fc.double({ min: 0.01, max: 999, noNaN: true }).map((price) => price.toFixed(2)),
    fc.constantFrom('stop', 'restart', 'update'),
  );

  it('forgives surrounding space, letter case and one leading dollar sign', () => {
    fc.assert(
      fc.property(
        challenge,
        space,
        space,
        fc.boolean(),
        fc.boolean(),
        (text, before, after, dollar, upper) => {
          const typed = `${before}${dollar ? '$' : ''}${upper ? text.toUpperCase() : text.toLowerCase()}${after}`;
          expect(meets(text, typed)).toBe(true);
        },
      ),
    );
  });

  it('forgives nothing else: one character more, fewer or other is a no', () => {
    const spot = fc.nat({ max: 60 });
    fc.assert(
      fc.property(challenge, spot, fc.constantFrom('x', '7', '.', '-', '"'), (text, at, extra) => {
        const index = at % text.length;
        expect(meets(text, text.slice(0, index) + extra + text.slice(index))).toBe(false);
        const without = text.slice(0, index) + text.slice(index + 1);
        expect(meets(text, without)).toBe(without.trim().toLowerCase() === text.toLowerCase());
      }),
    );
  });

  it.each([
    ['0.39', '0.390'],
    ['0.39', '.39'],
    ['0.39', '$$0.39'],
    ['0.39', '0,39'],
    ['92.50', '92.5'],
    ['my pod', 'my  pod'],
    ['my pod', 'mypod'],
    ['stop', '"stop"'],
    ['stop', 'stop.'],
    ['stop', 'yes'],
    ['', ''],
    ['', ' '],
    ['$', '$'],
  ])('does not take %j for %j', (text, typed) => {
    expect(meets(text, typed)).toBe(false);
  });

  it('takes the same letters in another Unicode composition', () => {
    expect(meets('caf\u00e9', 'cafe\u0301')).toBe(true);
  });
});
