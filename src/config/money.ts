import { isLoopback } from './http.ts';
import type { Config } from './read.ts';

/** True if calls cost real money: not in the simulator, and not if every address is on this machine. */
export type Money = 'simulated' | 'local' | 'real';

/** What calls cost with this configuration. */
export function moneyOf({ sandbox, urls }: Pick<Config, 'sandbox' | 'urls'>): Money {
  if (sandbox !== null) return 'simulated';
  const all = Object.values(urls).flatMap((own) => Object.values(own));
  const isLocal = all.length > 0 && all.every((url) => isLoopback(new URL(url).hostname));
  return isLocal ? 'local' : 'real';
}

/** What calls cost, as a sentence for a person. */
export const MONEY_WORDS: Readonly<Record<Money, string>> = {
  simulated: 'The built-in simulator answers: no account, no money.',
  local: 'Every address is on this machine: no real money.',
  real: 'The real clouds answer: what you agree to costs real money.',
};
