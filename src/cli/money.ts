import type { Money } from '../config/money.ts';

/** What calls cost, as a sentence for a person. */
export const MONEY_WORDS: Readonly<Record<Money, string>> = {
  simulated: 'The built-in simulator answers: no account, no money.',
  local: 'Every address is on this machine: no real money.',
  real: 'The real clouds answer: what you agree to costs real money.',
};
