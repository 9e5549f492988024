import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONFIRM_MODES } from '../../src/core/policy.ts';
import { type Decision, decide, judgeAnswer, readOnly, type Verdict } from '../../src/gate/decide.ts';
import type { Answer, GateCall } from '../../src/gate/deps.ts';
import { SAYS } from '../../src/gate/messages.ts';
import { agreedOf } from '../../src/gate/tickets.ts';
import { byToken, gateBench } from './bench.ts';
import { CAPS, planned, policy } from './fixtures.ts';

const ticket = 'word';
const EMPTY = { usd_per_hour: 0, pods: 0, unknown: null };
const person = policy();
const machine = policy({ can_ask: false });
const unattended = policy({ mode: 'token', can_ask: false, token_suffices: true });
const agreed = agreedOf(planned());

const codeOf = (decision: Decision | Verdict): string =>
  decision.do === 'refuse' ? decision.error.code : decision.do;
const typed = (text: string, after_ms = 2000): Answer => ({ kind: 'typed', ticket, text, after_ms });
const token = (user_reply?: string): Answer => ({ kind: 'token', ticket, user_reply });
const worth = (answer: Answer, given = person, mistyped = 0) => judgeAnswer(agreed, given, answer, mistyped);

describe('decide: what the operator forbids comes before any consent', () => {
  it('refuses everything on a read-only server, for every answer', () => {
    const given = policy({ read_only: true });
    expect(codeOf(decide(planned(), given, EMPTY))).toBe('read_only');
    for (const answer of [typed('0.39'), token('0.39')])
      expect(codeOf(worth(answer, given))).toBe('read_only');
  });

  it('refuses what is over a cap before anybody is asked', () => {
    const over = planned({ adds: { usd_per_hour: 25.01 } });
    for (const given of [person, machine, unattended])
      expect(codeOf(decide(over, given, EMPTY))).toBe('over_limit');
  });

  it('executes nothing in block mode but shows the plan', () => {
    for (const can_ask of [true, false]) {
      const given = policy({ mode: 'block', can_ask });
      const refusal = { do: 'refuse', error: { code: 'declined', plan: planned().plan } };
      expect(decide(planned(), given, EMPTY)).toMatchObject(refusal);
      for (const answer of [typed('0.39'), token('0.39')])
        expect(worth(answer, given)).toMatchObject(refusal);
    }
  });

  it('names the cap rather than the mode when both forbid', () => {
    const over = planned({ adds: { usd_per_hour: 26 } });
    expect(codeOf(decide(over, policy({ mode: 'block' }), EMPTY))).toBe('over_limit');
  });

  it('carries the plan of a refusal, or none if there is none', () => {
    expect(readOnly(null).plan).toBeNull();
    expect(readOnly(planned().plan)).toMatchObject({ code: 'read_only', plan: { action: 'create_pod' } });
  });
});

describe('decide: who is asked', () => {
  it('is a person, in every mode that allows anything and whose token does not suffice', () => {
    for (const mode of ['auto', 'human', 'token'] as const) {
      expect(decide(planned(), policy({ mode }), EMPTY)).toEqual({ do: 'ask' });
    }
  });

  it('is nobody but the agent when no person can be asked', () => {
    expect(decide(planned(), machine, EMPTY)).toEqual({ do: 'hand_out' });
    for (const mode of ['human', 'token'] as const) {
      expect(codeOf(decide(planned(), policy({ mode, can_ask: false }), EMPTY))).toBe(
        'confirmation_required',
      );
    }
  });

  it('is nobody in mode token, whatever capabilities the client declares', () => {
    for (const can_ask of [true, false]) {
      expect(decide(planned(), policy({ mode: 'token', can_ask, token_suffices: true }), EMPTY)).toEqual({
        do: 'hand_out',
      });
    }
  });

  it('is a person for keys, access and things of others, in mode token too', async () => {
    const { step, handedOut } = gateBench({ deps: { mode: 'token' } });
    const made = await step(byToken((await handedOut()).token));
    expect(made).toMatchObject({ kind: 'done', ref: 'volt:pod:new' });
    const end = async (effect: GateCall['effect'], ref: string) => {
      const { plan, ...rest } = planned({ ref, adds: { usd_per_hour: 0, pods: 0 } });
      const whole = { ...rest, plan: { ...plan, action: 'delete_pod' } };
      return (await step(null, { effect, plan: async () => whole })).kind;
    };
    expect(await end('interrupt', 'volt:pod:foreign')).toBe('pending');
    expect(await end('destroy', 'volt:pod:new')).toBe('pending');
    expect(await end('destroy', 'volt:pod:foreign')).toBe('refused');
    expect(await end('change', 'volt:pod:new')).toBe('refused');
  });
});

describe('the verdict on an answer in a form', () => {
  it('is a yes when it is the challenge', () => {
    expect(worth(typed(' $0.39 '))).toEqual({ do: 'execute', answer: 'person' });
  });

  it.each<[string, string]>([
    ['0.40', 'ask_again'],
    ['yes', 'ask_again'],
    ['', 'declined'],
    [' \u200b ', 'declined'],
  ])('is, for %j, %s at first', (text, end) => {
    expect(codeOf(worth(typed(text, 300)))).toBe(end);
    expect(codeOf(worth(typed(text, 299)))).toBe('confirmation_required');
  });

  it('is a no after a second wrong text, and a yes if the second is right, however fast', () => {
    expect(codeOf(worth(typed('yes', 300), person, 1))).toBe('declined');
    expect(codeOf(worth(typed('yes', 299), person, 1))).toBe('confirmation_required');
    expect(codeOf(worth(typed('0.39', 0), person, 1))).toBe('execute');
  });

  it.each(['empty', 'declined', 'dismissed'] as const)(
    'is final for %s that took a person’s time, and reported as that; faster, it is the host’s own',
    (kind) => {
      expect(worth({ kind, ticket, after_ms: 300 })).toMatchObject({
        error: { code: 'declined', message: expect.stringContaining(SAYS[kind]), hint: SAYS.final },
      });
      expect(worth({ kind, ticket, after_ms: 299 })).toMatchObject({
        error: { code: 'confirmation_required', hint: SAYS.by_itself_next, plan: planned().plan },
      });
    },
  );

  it('that is blank is reported as one without the text, not as a closed question', () => {
    expect(worth(typed(' '))).toMatchObject({ error: { message: expect.stringContaining(SAYS.empty) } });
  });

  it('is neither yes nor no when nobody saw or answered it', () => {
    expect(codeOf(worth({ kind: 'expired', ticket }))).toBe('timeout');
    expect(codeOf(worth({ kind: 'unshown', ticket }))).toBe('confirmation_required');
    expect(codeOf(worth({ kind: 'cancelled', ticket }))).toBe('cancelled');
  });
});

describe('the verdict on a token', () => {
  it('needs what the user replied in mode auto, and stays valid until it is said', () => {
    expect(worth(token(), machine)).toMatchObject({ error: { code: 'confirmation_invalid' }, keep: true });
    expect(worth(token(' '), machine)).toMatchObject({ error: { code: 'confirmation_invalid' }, keep: true });
    expect(worth(token('$0,390/h'), machine)).toEqual({ do: 'execute', answer: 'reported' });
    const wrong = worth(token('yes'), machine);
    expect(wrong).toMatchObject({ error: { code: 'declined' } });
    expect(wrong).not.toHaveProperty('keep');
  });

  it('must name the thing when the challenge is a verb', () => {
    const stop = agreedOf(planned({ challenge: 'stop', facts: { name: 'train-1' } }));
    expect(codeOf(judgeAnswer(stop, machine, token('stop'), 0))).toBe('declined');
    expect(codeOf(judgeAnswer(stop, machine, token('Stop train-1'), 0))).toBe('execute');
  });

  it('needs no reply in mode token, and does nothing when a person can be asked or must be', () => {
    expect(worth(token(), unattended)).toEqual({ do: 'execute', answer: 'token' });
    expect(codeOf(worth(token('0.39'), person))).toBe('confirmation_invalid');
    expect(codeOf(worth(token('0.39'), policy({ mode: 'human', can_ask: false })))).toBe(
      'confirmation_required',
    );
    expect(codeOf(worth(token('0.39'), policy({ mode: 'token', can_ask: false })))).toBe(
      'confirmation_required',
    );
  });
});

const anAnswer = fc.oneof(
  fc.record({
    kind: fc.constant('typed' as const),
    ticket: fc.constant(ticket),
    text: fc.string(),
    after_ms: fc.nat(1000),
  }),
  fc.constantFrom<Answer>(typed('0.39'), token(), token('0.39'), { kind: 'expired', ticket }),
  fc.record({
    kind: fc.constantFrom('empty' as const, 'declined' as const, 'dismissed' as const),
    ticket: fc.constant(ticket),
    after_ms: fc.nat(1000),
  }),
);

describe('over all policies and answers', () => {
  it('executes only with consent of the right kind on a server that may write', () => {
    const anyPolicy = fc.record({
      mode: fc.constantFrom(...CONFIRM_MODES),
      read_only: fc.boolean(),
      can_ask: fc.boolean(),
      token_suffices: fc.boolean(),
      is_metered: fc.boolean(),
      caps: fc.constant(CAPS),
    });
    fc.assert(
      fc.property(anyPolicy, anAnswer, fc.nat(1), (given, answer, mistyped) => {
        const verdict = judgeAnswer(agreed, given, answer, mistyped);
        if (verdict.do !== 'execute') return;
        expect(given.read_only).toBe(false);
        expect(given.mode).not.toBe('block');
        if (verdict.answer === 'person') expect(answer.kind).toBe('typed');
        if (verdict.answer === 'token') expect(given).toMatchObject({ mode: 'token', token_suffices: true });
        if (verdict.answer === 'reported') {
          expect(given).toMatchObject({ mode: 'auto', can_ask: false });
          expect(answer).toMatchObject({ kind: 'token', user_reply: '0.39' });
        }
      }),
    );
  });
});
