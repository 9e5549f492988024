import type { Machine } from './model.ts';

// Makers, families and units: what people say beside the model, and clouds spell or leave out as they like.
const BRAND = /(?<![a-z0-9])(?:nvidia|geforce|tesla|quadro|rtx|gtx|amd|instinct|radeon)+/g;
/** Parts that are glued to a model or to its memory. */
const GLUED = /(sxm|pcie|nvl|hbm|gddr|(?<=\d)(?:ti|super)(?![a-z]))/g;
const UNIT = /^(?:g|gb|gib|gpus?|vram|memory|hbm\d?e?|gddr\d?x?|graphics|generation)$/;
const MEMORY = /^(\d+)(?:gb?|gib)$/;
const FORM = /^(?:sxm|pcie|nvl)\d*$/;

const parts = (text: string): string[] =>
  text
    .toLowerCase()
    .replace(BRAND, ' ')
    .replace(GLUED, ' $1')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !UNIT.test(word));

/**
 * The words that tell one GPU from another: without maker, family and units, memory as a plain number, the form
 * without its version. `NVIDIA H100 80GB HBM3` and `H100-80G` are both `h100 80`; empty if nothing is named.
 */
export const gpuWords = (name: string): string[] =>
  parts(name).map((word) => word.replace(MEMORY, '$1').replace(/^(sxm)\d+$/, '$1'));

/** True if all words are among those of the machine's GPU, in any order. A10 is not A100: words match whole. */
export function isGpu(words: readonly string[], machine: Machine): boolean {
  const { gpu_model, gpu_family, gpu_memory_gb } = machine;
  const known = [...gpuWords(gpu_model ?? ''), ...gpuWords(gpu_family ?? ''), String(gpu_memory_gb ?? '')];
  return words.every((word) => known.includes(word));
}

/** The model as a short list names it, without memory and form: `H100` for `H100-80G-SXM`, `RTX 4090` for `RTX-4090`. */
export const modelName = (name: string): string =>
  name
    .split(/[-_ ]+/)
    .filter((part) => !MEMORY.test(part.toLowerCase()) && !FORM.test(part.toLowerCase()))
    .join(' ');
