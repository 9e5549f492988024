import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/core/outcome.ts';
import { POLL_PAUSES_MS, pollUntilFound } from '../../src/gate/reconcile.ts';

/** A look that gives these findings in turn (an Error is thrown), and what was slept before each. */
function bench(...findings: (Outcome<string> | Error)[]) {
  const slept: number[] = [];
  let looks = 0;
  const look = async (): Promise<Outcome<string>> => {
    const finding = findings[looks] ?? { notFound: 'nothing more' };
    looks += 1;
    if (finding instanceof Error) throw finding;
    return finding;
  };
  const sleep = async (ms: number) => {
    slept.push(ms);
  };
  return { look, sleep, slept, looks: () => looks };
}

describe('pollUntilFound', () => {
  it('looks at once, then after 1, 2, 4 and 8 seconds, and tells the last finding', async () => {
    const { look, sleep, slept, looks } = bench(...[1, 2, 3, 4, 5].map((n) => ({ notFound: `look ${n}` })));
    expect(await pollUntilFound(look, sleep)).toEqual({ notFound: 'look 5' });
    expect(slept).toEqual([1000, 2000, 4000, 8000]);
    expect(looks()).toBe(POLL_PAUSES_MS.length);
  });

  it('takes a look that fails for nothing found, and looks again', async () => {
    const { look, sleep, looks } = bench(new Error('down'), new Error('down'), { found: 'volt:pod:a' });
    expect(await pollUntilFound(look, sleep)).toEqual({ found: 'volt:pod:a' });
    expect(looks()).toBe(3);
  });

  it('keeps the candidates of the last look', async () => {
    const last = { notFound: 'still running', candidates: ['volt:pod:a'] };
    const { look, sleep } = bench({ notFound: 'no' }, last);
    expect(await pollUntilFound(look, sleep, [0, 5])).toEqual(last);
  });

  it('ends with its last finding when a pause is cut short', async () => {
    const { look, looks } = bench({ notFound: 'not yet', candidates: ['volt:pod:a'] }, { found: 'too late' });
    const cut = () => Promise.reject(new DOMException('out of time', 'AbortError'));
    expect(await pollUntilFound(look, cut)).toEqual({ notFound: 'not yet', candidates: ['volt:pod:a'] });
    expect(looks()).toBe(1);
  });

  it('keeps the candidates of an earlier look when the last one fails', async () => {
    const looks = [{ notFound: 'it is stopped', candidates: ['volt:pod:a'] }, new Error('still down')];
    const look = async () => {
      const next = looks.shift();
      if (next === undefined || next instanceof Error) throw next ?? new Error('still down');
      return next;
    };
    expect(await pollUntilFound(look, async () => {})).toEqual({
      notFound: expect.stringContaining('still down'),
      candidates: ['volt:pod:a'],
    });
  });
});
