import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/core/outcome.ts';
import { POLL_PAUSES_MS, pollUntilFound } from '../../src/gate/reconcile.ts';

/** A read that gives these findings in turn (an Error is thrown), and what was slept before each. */
function bench(...findings: (Outcome<string> | Error)[]) {
  const slept: number[] = [];
  let reads = 0;
  const read = async (): Promise<Outcome<string>> => {
    const finding = findings[reads] ?? { notFound: 'nothing more' };
    reads += 1;
    if (finding instanceof Error) throw finding;
    return finding;
  };
  const sleep = async (ms: number) => {
    slept.push(ms);
  };
  return { read, sleep, slept, reads: () => reads };
}

describe('pollUntilFound', () => {
  it('reads at once, then after 1, 2, 4 and 8 seconds, and returns the last finding', async () => {
    const { read, sleep, slept, reads } = bench(...[1, 2, 3, 4, 5].map((n) => ({ notFound: `read ${n}` })));
    expect(await pollUntilFound(read, sleep)).toEqual({ notFound: 'read 5' });
    expect(slept).toEqual([1000, 2000, 4000, 8000]);
    expect(reads()).toBe(POLL_PAUSES_MS.length);
  });

  it('counts a failed read as nothing found, and reads again', async () => {
    const { read, sleep, reads } = bench(new Error('down'), new Error('down'), { found: 'volt:pod:a' });
    expect(await pollUntilFound(read, sleep)).toEqual({ found: 'volt:pod:a' });
    expect(reads()).toBe(3);
  });

  it('keeps the candidates of the last read', async () => {
    const last = { notFound: 'still running', candidates: ['volt:pod:a'] };
    const { read, sleep } = bench({ notFound: 'no' }, last);
    expect(await pollUntilFound(read, sleep, [0, 5])).toEqual(last);
  });

  it('ends with its last finding when a pause is cut short', async () => {
    const { read, reads } = bench({ notFound: 'not yet', candidates: ['volt:pod:a'] }, { found: 'too late' });
    const cut = () => Promise.reject(new DOMException('out of time', 'AbortError'));
    expect(await pollUntilFound(read, cut)).toEqual({ notFound: 'not yet', candidates: ['volt:pod:a'] });
    expect(reads()).toBe(1);
  });

  it('keeps the candidates of an earlier read when the last one fails', async () => {
    const reads = [{ notFound: 'it is stopped', candidates: ['volt:pod:a'] }, new Error('still down')];
    const read = async () => {
      const next = reads.shift();
      if (next === undefined || next instanceof Error) throw next ?? new Error('still down');
      return next;
    };
    expect(await pollUntilFound(read, async () => {})).toEqual({
      notFound: expect.stringContaining('still down'),
      candidates: ['volt:pod:a'],
    });
  });
});
