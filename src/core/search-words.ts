import type { Machine } from './model.ts';

// Makers, families and units: people add them to a model's name, and clouds spell or omit them as they like.
const BRAND = /(?<![a-z])(?:nvidia|geforce|tesla|quadro|rtx|gtx|amd|instinct|radeon)+/g;
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
 * The words that distinguish GPUs: without maker, family and units, memory as a plain number, the form
 * without its version. `NVIDIA H100 80GB HBM3` and `H100-80G` are both `h100 80`; empty if nothing is named.
 */
export const gpuWords = (name: string): string[] =>
  parts(name).map((word) => word.replace(MEMORY, '$1').replace(/^(sxm)\d+$/, '$1'));

/** Words that clouds add to a model or leave out. */
const EXTRA = new Set(['edition', 'server', 'workstation', 'blackwell', 'hopper', 'ampere']);

/** The traits that a GPU's name states: its model, and memory and form if they are in it. */
function traitsOf(name: string): { model: string; memory: string; form: string } {
  const words = parts(name).filter((word) => !EXTRA.has(word));
  const isForm = (word: string) => FORM.test(word);
  const isMemory = (word: string, at: number) => MEMORY.test(word) || (at > 0 && /^\d{1,3}$/.test(word));
  const joined = (kept: string[]) => kept.toSorted().join(' ');
  return {
    model: joined(words.filter((word, at) => !isForm(word) && !isMemory(word, at))),
    memory: joined(words.filter((word, at) => isMemory(word, at)).map((word) => word.replace(MEMORY, '$1'))),
    form: joined(words.filter(isForm).map((word) => word.replace(/\d+$/, ''))),
  };
}

const agree = (a: string, b: string): boolean => a === '' || b === '' || a === b;

/** True if two names can be of one GPU: the model is the same, and so are memory and form if both name them. */
export function sameGpu(a: string, b: string): boolean {
  const [one, other] = [traitsOf(a), traitsOf(b)];
  return one.model === other.model && agree(one.memory, other.memory) && agree(one.form, other.form);
}

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

/** Names of several words that count as one. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bunited states(?: of america)?\b/g, 'us'],
  [/\bnorth america\b/g, 'northamerica'],
  [/\bunited kingdom\b|\bgreat britain\b/g, 'uk'],
  [/\bmiddle east\b/g, 'middleeast'],
];

/** Filler words around a region's name. */
const FILLER = /^(?:in|the|of|region|area|zone|any|where)$/;

/** Other words for a word of a region's name: what people call it, and the larger areas that it lies in. Our choice. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  us: ['usa', 'america', 'american', 'northamerica'],
  canada: ['ca', 'america', 'northamerica'],
  eu: ['europe', 'european'],
  europe: ['eu', 'european'],
  norway: ['no', 'europe', 'european', 'scandinavia', 'nordic'],
  iceland: ['is', 'europe', 'european', 'nordic'],
  uk: ['gb', 'britain', 'europe', 'european'],
  switzerland: ['ch', 'europe', 'european'],
  ...Object.fromEntries(
    [
      ['finland', 'fi'],
      ['sweden', 'se'],
      ['denmark', 'dk'],
      ['germany', 'de'],
      ['france', 'fr'],
      ['netherlands', 'nl'],
      ['poland', 'pl'],
      ['spain', 'es'],
      ['italy', 'it'],
      ['ireland', 'ie'],
    ].map(([country = '', code = '']) => [country, [code, 'eu', 'europe', 'european']]),
  ),
  ap: ['asia', 'asian', 'pacific', 'apac'],
  asia: ['ap', 'asian', 'apac'],
  japan: ['jp', 'ap', 'asia', 'asian'],
  singapore: ['sg', 'ap', 'asia', 'asian'],
  india: ['in', 'ap', 'asia', 'asian'],
};

/** The words of a region as people write it; empty if it names none. */
export const regionWords = (text: string): string[] =>
  PHRASES.reduce((region, [phrase, word]) => region.replace(phrase, word), text.toLowerCase())
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !FILLER.test(word));

/** True if the region has all words, in any order, by its name or by a larger area: `Europe` fits EU-West and NORWAY, `EU` only the first. */
export function isInRegion(words: readonly string[], region: string | null): boolean {
  const own = regionWords(region ?? '');
  const known = own.flatMap((word) => [word, ...(Object.hasOwn(ALSO, word) ? (ALSO[word] ?? []) : [])]);
  return words.every((word) => known.includes(word));
}
