/** A number and its noun: `1 pod`, `2 pods`; a plural that is not made with s is given. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`;

// Words that are spoken with a vowel first: by their letters, or because their h is silent. A URL is not among them.
const VOWEL_FIRST = /^(?:[aeio]|u(?!ni|se|uid|r[il])|hour|http|ssh|mcp|rtx|[fhlmnrsx]\d)/i;

/** A noun with its article as it is spoken: `a pod`, `an image`, `an ssh_key`, `an H100`, `a URL`. */
export const withArticle = (noun: string): string => `${VOWEL_FIRST.test(noun) ? 'an' : 'a'} ${noun}`;
