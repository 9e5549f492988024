import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bind, canonical } from '../../src/gate/binding.ts';
import { type Binding, createTokenBox, TOKEN_TTL_MS } from '../../src/store/token.ts';
import { NOON, planned } from '../gate/fixtures.ts';

const call = canonical(['create_pod', { name: 'trainer' }]);
const binding = (parts: Partial<Binding> = {}): Binding => ({
  ...bind(call, 'session-1', planned()),
  ...parts,
});

function box() {
  let now = NOON;
  return {
    ...createTokenBox(() => now),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('a token', () => {
  it('is valid once and never again', () => {
    const { mint, take } = box();
    const { token } = mint(binding());
    expect([take(token, binding()), take(token, binding()), take(token, binding())]).toEqual([
      'valid',
      'unknown',
      'unknown',
    ]);
  });

  it('lives for ten minutes and says so', () => {
    expect(TOKEN_TTL_MS).toBe(600_000);
    const { mint, take, pass } = box();
    const early = mint(binding());
    const late = mint(binding());
    expect(early.expires_at).toBe(new Date(NOON + 600_000).toISOString());
    pass(TOKEN_TTL_MS - 1);
    expect(take(early.token, binding())).toBe('valid');
    pass(1);
    expect(take(late.token, binding())).toBe('expired');
  });

  it.each<[string, Partial<Binding>, string]>([
    ['another call', { call: canonical(['create_pod', { name: 'other' }]) }, 'other_call'],
    ['another tool', { call: canonical(['delete_pod', { name: 'trainer' }]) }, 'other_call'],
    ['another session', { session: 'session-2' }, 'other_session'],
    ['another state', { state: canonical([null, { state: 'running' }]) }, 'changed'],
    ['a higher price an hour', { usd_per_hour: 0.3901 }, 'changed'],
    ['a higher debit', { usd_upfront: 0.01 }, 'changed'],
    ['an unknown price', { usd_per_hour: null }, 'changed'],
    ['an unknown debit', { usd_upfront: null }, 'changed'],
  ])('is no good for %s, and void after the attempt', (_what, parts, verdict) => {
    const { mint, take } = box();
    const { token } = mint(binding());
    expect(take(token, binding(parts))).toBe(verdict);
    expect(take(token, binding())).toBe('unknown');
  });

  it('stays valid where the price fell', () => {
    const { mint, take } = box();
    const { token } = mint(binding());
    expect(take(token, binding({ usd_per_hour: 0.38 }))).toBe('valid');
  });

  it('is bound to the target and to every fact that was read', () => {
    const before = planned({ ref: 'volt:pod:a', facts: { state: 'stopped', name: 'a' } });
    const others = [
      planned({ ref: 'volt:pod:b', facts: { state: 'stopped', name: 'a' } }),
      planned({ ref: 'volt:pod:a', facts: { state: 'running', name: 'a' } }),
      planned({ ref: 'volt:pod:a', facts: { state: 'stopped', name: 'b' } }),
      planned({ ref: 'volt:pod:a', facts: { state: 'stopped' } }),
    ];
    for (const other of others) {
      const { mint, take } = box();
      const { token } = mint(bind(call, 's', before));
      expect(take(token, bind(call, 's', other))).toBe('changed');
    }
    const same = planned({ ref: 'volt:pod:a', facts: { name: 'a', state: 'stopped' } });
    const { mint, take } = box();
    expect(take(mint(bind(call, 's', before)).token, bind(call, 's', same))).toBe('valid');
  });

  it('is never the same twice and never guessed', () => {
    const { mint, take } = box();
    const minted = new Set(Array.from({ length: 500 }, () => mint(binding()).token));
    expect(minted.size).toBe(500);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[\w-]{24}$/)), (guess) => {
        fc.pre(!minted.has(guess));
        expect(take(guess, binding())).toBe('unknown');
      }),
    );
    for (const token of [...minted].slice(0, 20)) {
      for (const near of [token.toLowerCase(), `${token} `, token.slice(1), `${token}=`]) {
        if (!minted.has(near)) expect(take(near, binding())).toBe('unknown');
      }
    }
  });

  it('has 144 bits that can stand in JSON and in a URL', () => {
    expect(box().mint(binding()).token).toMatch(/^[A-Za-z0-9_-]{24}$/);
  });

  it('stays valid while thousands of others are minted and expire', () => {
    const { mint, take, pass } = box();
    for (let n = 0; n < 5200; n += 1) mint(binding());
    pass(TOKEN_TTL_MS);
    const { token } = mint(binding());
    for (let n = 0; n < 200; n += 1) mint(binding());
    expect(take(token, binding())).toBe('valid');
  });
});

it('a binding holds no input, which may be a password', () => {
  const call = canonical(['add_docker_credential', { password: 'hunter2' }]);
  expect(JSON.stringify(bind(call, 'session-1', planned()))).not.toContain('hunter2');
});

describe('canonical', () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, shuffled(inner)]),
    );
  };

  it('does not depend on the order of keys at any depth', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonical(shuffled(value))).toBe(canonical(value));
      }),
    );
  });

  it('is JSON of the same value, so that different values differ', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('tells an argument left out from null, and not from undefined', () => {
    expect(canonical({ a: 1, b: undefined })).toBe(canonical({ a: 1 }));
    expect(canonical({ a: 1, b: null })).not.toBe(canonical({ a: 1 }));
    expect(canonical([1, '1'])).not.toBe(canonical([1, 1]));
    expect(canonical({ a: [1, 2] })).not.toBe(canonical({ a: [2, 1] }));
    expect(canonical([['a'], 'b'])).not.toBe(canonical(['a', ['b']]));
  });
});
