import { describe, expect, it } from 'vitest';
import type { PartEnd } from '../../src/core/outcome.ts';
import type { GateCall } from '../../src/gate/deps.ts';
import { byToken, gateBench } from './bench.ts';
import { planned } from './fixtures.ts';

/** A plan to end each of these things. */
const parted = (refs: readonly string[]) => ({
  ...planned({ challenge: 'stop' }),
  parts: refs.map((ref) => {
    const part = planned({ ref, adds: { usd_per_hour: 0, pods: 0 } });
    return { ...part, plan: { ...part.plan, ref } };
  }),
});

describe('several calls about the same thing at once', () => {
  const [A, B] = ['volt:pod:a', 'volt:pod:b'];

  it.each([
    ['start_pod', 'stop_pod'],
    ['start_pod', 'stop_spending'],
    ['stop_spending', 'start_pod'],
    ['stop_spending', 'stop_spending'],
  ])('are read and sent one after the other: %s and %s', async (one, two) => {
    const { step } = gateBench();
    const seen: string[] = [];
    const callOf = (tool: string): Partial<GateCall> => ({
      tool,
      effect: tool === 'start_pod' ? 'spend' : 'interrupt',
      input: {},
      name: null,
      plan: async () => {
        seen.push(`${tool} reads`);
        return tool === 'stop_spending'
          ? parted(tool === one ? [A, B] : [B, A])
          : planned({ challenge: 'stop', ref: A, adds: { usd_per_hour: 0, pods: 0 } });
      },
      run: async (_permit, part) => {
        const ref = part?.plan.ref ?? A;
        seen.push(`${tool} sends`);
        for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
        seen.push(`${tool} has sent`);
        return { done: {}, ref };
      },
      combine: tool === 'stop_spending' ? () => ({}) : null,
    });
    const tokens: string[] = [];
    for (const tool of [one, two]) {
      const outcome = await step(null, callOf(tool));
      if (outcome.kind !== 'pending' || outcome.confirmation === null) throw new Error('expected a token');
      tokens.push(outcome.confirmation.token);
    }
    seen.length = 0;
    const [first = '', second = ''] = tokens;
    const ends = await Promise.all([
      step(byToken(first, 'stop'), callOf(one)),
      step(byToken(second, 'stop'), callOf(two)),
    ]);
    expect(ends.map(({ kind }) => kind)).toEqual(['done', 'done']);
    const acts = (tool: string) =>
      tool === 'stop_spending'
        ? ['reads', 'sends', 'sends', 'has sent', 'has sent']
        : ['reads', 'sends', 'has sent'];
    const flat = [one, two].flatMap((tool) => acts(tool).map((what) => `${tool} ${what}`));
    expect(seen).toEqual(flat);
  });
});

describe('a plan with several things whose call is cancelled on the way', () => {
  const REFS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => `volt:pod:${id}`);

  const cancelledAt = async (isBefore: (sent: readonly string[]) => boolean) => {
    const controller = new AbortController();
    const sent: string[] = [];
    let ends: readonly PartEnd[] = [];
    const bench = gateBench({
      plans: [parted(REFS)],
      call: {
        tool: 'stop_spending',
        effect: 'destroy',
        input: {},
        name: null,
        signal: controller.signal,
        run: async (_permit, part) => {
          const ref = part?.plan.ref ?? '';
          sent.push(ref);
          if (isBefore(sent)) controller.abort();
          await Promise.resolve();
          return { done: {}, ref };
        },
        combine: (_planned, all) => {
          ends = all;
          return {};
        },
      },
    });
    const { token } = await bench.handedOut();
    const outcome = await bench.step(byToken(token, 'stop'));
    return { ...bench, token, outcome, sent, ends: () => ends };
  };

  it('says of each whether it was sent', async () => {
    const { outcome, sent, ends, audited } = await cancelledAt((all) => all.length === 2);
    expect(outcome.kind).toBe('done');
    expect(sent.length).toBeGreaterThanOrEqual(2);
    expect(sent.length).toBeLessThan(REFS.length);
    const of = (isSent: boolean) =>
      ends().flatMap((end) => ('output' in end === isSent ? [end.planned.plan.ref] : []));
    expect(of(true).toSorted()).toEqual(sent.toSorted());
    expect(of(false)).toEqual(REFS.filter((ref) => !sent.includes(ref)));
    const codes = ends().flatMap((end) => ('error' in end ? [end.error.code] : []));
    expect(new Set(codes)).toEqual(new Set(['cancelled']));
    expect(audited.filter(({ outcome: word }) => word === 'cancelled').map(({ ref }) => ref)).toEqual(
      of(false),
    );
  });
});
