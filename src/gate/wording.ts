const QUOTES = /^["'“”„«»‘’`]+|["'“”„«»‘’`]+$/g;
/** Code points that nobody sees; U+2800 is a blank that counts as a symbol. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Text as a person reads it: all spaces alike, nothing invisible, no quotes around it, any letter case. */
const fold = (text: string): string =>
  text
    .normalize('NFC')
    .replace(UNSEEN, ' ')
    .replace(/[\s\p{Zs}]+/gu, ' ')
    .trim()
    .replace(QUOTES, '')
    .trim()
    .toLowerCase();

/** An amount as its decimal digits without idle zeros; null for what is no single amount. */
function amountOf(text: string): string | null {
  const bare = fold(text)
    .replace(/^(?:us\$|usd|\$)\s*/, '')
    .replace(/\s*(?:\$|usd|us dollars?|dollars?)?\s*(?:\/\s*h(?:ou)?r?|per hour|an hour)?$/, '');
  const [, whole, part = ''] = /^(\d+)(?:[.,](\d+))?$/.exec(bare) ?? [];
  if (whole === undefined) return null;
  const decimals = part.replace(/0+$/, '');
  return `${whole.replace(/^0+(?=\d)/, '')}${decimals === '' ? '' : `.${decimals}`}`;
}

/** True if a person typed what was asked for: amounts are compared as decimals, everything else as it reads. */
export function meets(challenge: string, typed: string): boolean {
  const wanted = fold(challenge);
  if (wanted === '') return false;
  if (fold(typed) === wanted) return true;
  const amount = /^\d+(?:\.\d+)?$/.test(wanted) ? amountOf(wanted) : null;
  return amount !== null && amountOf(typed) === amount;
}

/** True if nothing was typed. */
export const isBlank = (typed: string): boolean => fold(typed) === '';
