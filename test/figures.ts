/** The numbers in a text, in its order: what a sentence says, whatever its words are. */
export const numbersIn = (text: string | null | undefined): number[] =>
  (text?.match(/\d+(?:\.\d+)?/g) ?? []).map(Number);
