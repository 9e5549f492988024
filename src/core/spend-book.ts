import type { CloudId } from './ref.ts';

/** One amount that passed through this server. `metered` = a use that is billed by the call. */
export interface SpendEntry {
  at: string;
  cloud: CloudId;
  kind: 'debit' | 'refund' | 'metered';
  /** USD; null where the price is not known. */
  usd: number | null;
  what: string;
}

/** What went through this server since it started; read by get_spend. */
export interface SpendBook {
  add(entry: SpendEntry): void;
  entries(): readonly SpendEntry[];
  /** Things a person should know once, e.g. an order that a crash left open. */
  notice(text: string): void;
  notices(): readonly string[];
}

const KEEP = 1000;

/** An in-memory book that keeps the last 1,000 entries and 50 notices. */
export function createSpendBook(): SpendBook {
  const entries: SpendEntry[] = [];
  const notices: string[] = [];
  return {
    add(entry) {
      entries.push(entry);
      if (entries.length > KEEP) entries.shift();
    },
    entries: () => entries,
    notice(text) {
      notices.push(text);
      if (notices.length > 50) notices.shift();
    },
    notices: () => notices,
  };
}
