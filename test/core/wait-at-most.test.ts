import { getActiveResourcesInfo } from 'node:process';
import { describe, expect, it } from 'vitest';
import { waitAtMost } from '../../src/core/wait-at-most.ts';

const timers = () => getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('waiting for work, but not for ever', () => {
  it('gives its result, and keeps no timer after that', async () => {
    const before = timers();
    expect(await waitAtMost(60_000, Promise.resolve('done'))).toBe('done');
    expect(timers()).toBe(before);
  });

  it('gives nothing if the work takes longer', async () => {
    expect(await waitAtMost(1, new Promise(() => {}))).toBeUndefined();
  });

  it('rejects as the work does, and keeps no timer', async () => {
    const before = timers();
    await expect(waitAtMost(60_000, Promise.reject(new RangeError('broken')))).rejects.toThrow(RangeError);
    expect(timers()).toBe(before);
  });
});
