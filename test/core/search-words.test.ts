import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/core/model.ts';
import { gpuWords, isGpu, modelName, sameGpu } from '../../src/core/search-words.ts';

const machine = (gpu_model: string, gpu_memory_gb: number | null = null): Machine =>
  ({ gpu_model, gpu_family: null, gpu_memory_gb }) as Machine;
const is = (said: string, model: string, memory: number | null = null): boolean =>
  isGpu(gpuWords(said), machine(model, memory));

describe('a GPU as people name it', () => {
  it.each([
    ['NVIDIA H100 80GB HBM3', 'H100 80GB'],
    ['nvidia h100', 'H100-80G-PCIe'],
    ['H100 SXM', 'H100-80G-SXM'],
    ['sxm5 H100', 'H100-80G-SXM'],
    ['H100SXM', 'H100-80G-SXM'],
    ['A100-80GB', 'A100 80GB'],
    ['80 GB A100', 'A100-80G-PCIe'],
    ['GeForce RTX 4090', 'RTX4090'],
    ['rtx4090', 'RTX-4090'],
    ['4090RTX', 'RTX-4090'],
    ['4090', 'NVIDIA GeForce RTX 4090'],
    ['RTX A6000', 'RTX-A6000'],
    ['rtxa6000', 'A6000'],
    ['Tesla V100', 'V100-SXM2-32GB'],
    ['RTX 4070 Ti', 'RTX-4070Ti'],
  ])('%s is %s', (said, model) => expect(is(said, model)).toBe(true));

  it.each([
    ['A10', 'A100 80GB'],
    ['L40', 'L40S'],
    ['H100', 'GH100'],
    ['H100 PCIe', 'H100-80G-SXM'],
    ['A100 40GB', 'A100 80GB'],
    ['RTX 6000', 'RTX-A6000'],
    ['B200', 'GB200'],
  ])('%s is not %s', (said, model) => expect(is(said, model)).toBe(false));

  it('may name the memory that is in another field', () => {
    expect(is('L40S 48GB', 'L40S', 48)).toBe(true);
    expect(is('L40S 24GB', 'L40S', 48)).toBe(false);
  });

  it('names nothing by makers and units alone', () => {
    for (const said of ['NVIDIA', 'GeForce RTX', 'GPU', 'GB', '*', '日本'])
      expect(gpuWords(said)).toEqual([]);
  });

  it('has its words in any order, letter case and punctuation', () => {
    const models = fc.constantFrom('H100-80G-SXM', 'RTX 4090', 'A100 80GB', 'L40S', 'RTX-A6000');
    fc.assert(
      fc.property(models, fc.constantFrom(' ', '-', '_', ', '), fc.boolean(), (model, between, isUpper) => {
        const words = model.split(/[- ]/).toReversed().join(between);
        expect(is(isUpper ? words.toUpperCase() : words.toLowerCase(), model)).toBe(true);
      }),
    );
  });

  it.each([
    ['NVIDIA H100 80GB HBM3', 'H100-80G-SXM', true],
    ['H100', 'H100-80G-PCIe', true],
    ['RTX 6000 Ada Generation', 'RTX-6000-Ada-48G', true],
    ['RTX PRO 6000', 'RTX PRO 6000 Blackwell Server Edition', true],
    ['V100-SXM2-32GB', 'Tesla V100 32GB', true],
    ['A100 80', 'A100-80GB', true],
    ['A100-40G', 'A100-80G', false],
    ['H100-80G-SXM', 'H100-80G-PCIe', false],
    ['RTX 4070', 'RTX 4070 Ti', false],
    ['RTX 4070 SUPER', 'RTX-4070', false],
    ['RTX 6000', 'RTX 6000 Ada', false],
    ['L40', 'L40S', false],
  ])('%s and %s may be one: %s', (a, b, is) => {
    expect([sameGpu(a, b), sameGpu(b, a)]).toEqual([is, is]);
  });

  it('is listed without memory and form', () => {
    expect(['H100-80G-SXM', 'H100 80GB', 'RTX-4090', 'V100-SXM2-32GB'].map(modelName)).toEqual([
      'H100',
      'H100',
      'RTX 4090',
      'V100',
    ]);
  });
});
