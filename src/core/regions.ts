/** Names of several words that count as one. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bunited states(?: of america)?\b/g, 'us'],
  [/\bnorth america\b/g, 'northamerica'],
  [/\bunited kingdom\b|\bgreat britain\b/g, 'uk'],
  [/\bmiddle east\b/g, 'middleeast'],
];

/** Words beside a region's name that say nothing. */
const IDLE = /^(?:in|the|of|region|area|zone|any|where)$/;

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
  PHRASES.reduce((said, [phrase, word]) => said.replace(phrase, word), text.toLowerCase())
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !IDLE.test(word));

/** True if the region has all words, in any order, by its name or by a larger area: `Europe` fits EU-West and NORWAY, `EU` only the first. */
export function isInRegion(words: readonly string[], region: string | null): boolean {
  const own = regionWords(region ?? '');
  const known = own.flatMap((word) => [word, ...(Object.hasOwn(ALSO, word) ? (ALSO[word] ?? []) : [])]);
  return words.every((word) => known.includes(word));
}
