/** The unit of an argument, by the end of its name, and its spellings before and after the number. */
interface Unit {
  name: RegExp;
  before: RegExp | null;
  after: RegExp;
  /** For the message: the unit in words, and a number with it. */
  words: string;
  example: string;
}

const PER_HOUR = '(?:\\s*(?:/|per )\\s*(?:gpu\\s*(?:/|-|per )?\\s*)?(?:h|hr|hour))?';

const UNITS: readonly Unit[] = [
  {
    name: /usd_per_(?:gpu_)?hour$/,
    before: /^(?:\$|usd)\s*/i,
    after: new RegExp(`\\s*(?:\\$|usd)?${PER_HOUR}$`, 'i'),
    words: 'US dollars an hour',
    example: '2.5 or "$2.5"',
  },
  {
    name: /usd$/,
    before: /^(?:\$|usd)\s*/i,
    after: /\s*(?:\$|usd)?$/i,
    words: 'US dollars',
    example: '40 or "$40"',
  },
  { name: /hours$/, before: null, after: /\s*(?:h|hrs?|hours?)$/i, words: 'hours', example: '2 or "2h"' },
  { name: /_gb$/, before: null, after: /\s*gb$/i, words: 'GB', example: '80 or "80GB"' },
  {
    name: /_seconds$/,
    before: null,
    after: /\s*(?:s|secs?|seconds?)$/i,
    words: 'seconds',
    example: '60 or "60s"',
  },
  { name: /gpus$|^gpu_count$/, before: null, after: /\s*gpus?$/i, words: 'GPUs', example: '2 or "2 GPUs"' },
];

const NUMERAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i;
const MAX_LENGTH = 40;

/** The number in a text for the argument `name`: a plain numeral, alone or with the argument's own unit; null if there is none. */
export function numberIn(text: string, name: string): number | null {
  if (text.length > MAX_LENGTH) return null;
  const unit = UNITS.find((one) => one.name.test(name));
  let numeral = text.trim();
  if (unit !== undefined) numeral = numeral.replace(unit.before ?? /^(?!)/, '').replace(unit.after, '');
  return NUMERAL.test(numeral) ? Number(numeral) : null;
}

/** The rule for an argument that must be a number. */
export function numberRule(name: string): string {
  const unit = UNITS.find((one) => one.name.test(name));
  return unit === undefined
    ? 'needed as a plain number, such as 20, without separators'
    : `needed as a plain number of ${unit.words}, such as ${unit.example}, without separators and in no other unit`;
}

/** A text for the argument `name`, without its unit if it is a number of one; or the rule that it breaks. */
export function amountIn(text: string, name: string): { text: string } | { fault: string } {
  if (!UNITS.some((unit) => unit.name.test(name))) return { text };
  const read = numberIn(text, name);
  return read === null ? { fault: numberRule(name) } : { text: String(read) };
}
