import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { priceBand, upfront } from '../../../src/clouds/volt/finetune-price.ts';

const bandOf = (model: string, taskType = 'text') => {
  const { usd_per_hour_min, usd_per_hour_max } = priceBand(model, taskType);
  return [usd_per_hour_min, usd_per_hour_max];
};

describe('priceBand', () => {
  it.each([
    ['meta-llama/Llama-3.1-8B-Instruct', 27.75, 46.25],
    ['Qwen/Qwen2.5-7B-Instruct', 27.75, 46.25],
    ['Qwen/Qwen2.5-7B-Instruct-1M', 27.75, 46.25],
    ['mistralai/Mistral-7B-v0.1', 27.75, 46.25],
    ['Qwen/Qwen2.5-0.5B', 18.5, 18.5],
    ['meta-llama/Llama-3.2-1B', 18.5, 18.5],
    ['acme/tiny-500M', 18.5, 18.5],
    ['bigscience/bloom-560m', 18.5, 18.5],
    ['acme/model-1100M', 18.5, 27.75],
    ['Qwen/Qwen2.5-1.5B', 18.5, 27.75],
    ['acme/model_6.9b', 18.5, 27.75],
    ['01-ai/Yi-1.5-9B', 46.25, 46.25],
    ['Qwen/Qwen2.5-32B', 46.25, 46.25],
    ['acme/exactly-40B', 46.25, 92.5],
    ['meta-llama/Llama-3.1-70B', 92.5, 92.5],
    ['unsloth/llama-3-8b-bnb-4bit', 27.75, 46.25],
    ['mistralai/Mixtral-8x7B-v0.1', 92.5, 92.5],
    ['acme/8x7b', 92.5, 92.5],
    ['Qwen/Qwen3-30B-A3B', 92.5, 92.5],
    ['Qwen/Qwen1.5-MoE-A2.7B', 92.5, 92.5],
    ['meta-llama/Llama-4-Scout-17B-16E', 92.5, 92.5],
    ['google/gemma-3n-E4B-it', 92.5, 92.5],
    ['microsoft/phi-4', 92.5, 92.5],
    ['ibm-granite/granite-3.1-3b-a800m-instruct', 92.5, 92.5],
    ['acme/foo-40_5B', 92.5, 92.5],
    ['acme/foo-10-7B', 27.75, 46.25],
    ['acme/v2.5B', 92.5, 92.5],
    ['acme/context-1M', 92.5, 92.5],
    ['acme/0B', 92.5, 92.5],
    ['7B/unnamed', 92.5, 92.5],
    ['acme/student-1B-of-70B', 18.5, 92.5],
    ['black-forest-labs/FLUX.1-dev', 92.5, 92.5],
  ])('%s: %d to %d', (model, low, high) => {
    expect(bandOf(model)).toEqual([low, high]);
  });

  it('prices images by the task, never by the name', () => {
    expect(bandOf('black-forest-labs/FLUX.1-dev', 'image')).toEqual([9.25, 9.25]);
    expect(bandOf('acme/flux-image-lora-70B', 'image')).toEqual([9.25, 9.25]);
    expect(bandOf('acme/image-8B', 'chat')).toEqual([27.75, 46.25]);
  });

  it('shows the size that it is read from', () => {
    expect(priceBand('acme/x-8B', 'text').why).toMatch(/^8B/);
    expect(priceBand('acme/x', 'text').why).not.toMatch(/\dB/);
  });

  const size = fc.integer({ min: 1, max: 2_000_000 }).map((millis) => millis / 1000);
  const PRICES = [9.25, 18.5, 27.75, 46.25, 92.5];

  it('is a band of the table for every name', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('text', 'image', 'custom_chat'), (model, task) => {
        const [low = 0, high = 0] = bandOf(model, task);
        expect(PRICES).toContain(low);
        expect(PRICES).toContain(high);
        expect(low).toBeLessThanOrEqual(high);
      }),
    );
  });

  it('never gets cheaper with the size', () => {
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map((billions) =>
          bandOf(`acme/model-${billions}B`),
        );
        expect(large?.[0]).toBeGreaterThanOrEqual(small?.[0] ?? 0);
        expect(large?.[1]).toBeGreaterThanOrEqual(small?.[1] ?? 0);
      }),
    );
  });

  it('reads the size at any place in the name, in either case', () => {
    const word = fc.stringMatching(/^[A-Za-z]{3,8}$/).filter((text) => !/moe|mixtral/i.test(text));
    fc.assert(
      fc.property(word, word, size, (before, after, billions) => {
        const expected = bandOf(`acme/model-${billions}B`);
        expect(bandOf(`acme/${before}-3.1-${billions}B-${after}`)).toEqual(expected);
        expect(bandOf(`acme/${before}_${billions}b`)).toEqual(expected);
      }),
    );
  });
});

describe('upfront', () => {
  it.each([
    [27.75, 2, 55.5],
    [46.25, 1.2, 55.5],
    [92.5, 0.1, 9.25],
    [27.75, 1.1, 30.53],
    [9.25, 1e-9, 0.01],
    [92.5, 1000, 92500],
  ])('%d USD x %d h = %d USD', (rate, hours, total) => {
    expect(upfront(rate, hours)).toBe(total);
  });

  it('is exact for hundredths of hours, rounded up to the cent', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(925, 1850, 2775, 4625, 9250),
        fc.integer({ min: 1, max: 100_000 }),
        (cents, n) => {
          const exact = (BigInt(cents) * BigInt(n) + 99n) / 100n;
          expect(upfront(cents / 100, n / 100)).toBe(Number(exact) / 100);
        },
      ),
    );
  });
});
