import type { CloudId } from './ref.ts';

/** One amount that passed through this server. `metered` = a use that is billed by the call. */
export interface SpendEntry {
  at: string;
  cloud: CloudId;
  kind: 'debit' | 'refund' | 'metered';
  /** USD; null if the price is not known. */
  usd: number | null;
  what: string;
}

/** What went through this server since it started; read by get_spend. */
export interface SpendBook {
  add(entry: SpendEntry): void;
  /** The last 1,000 entries. */
  entries(): readonly SpendEntry[];
  /** Sums of all entries ever added, USD; `unpriced` counts those whose price is not known. */
  totals(): Record<SpendEntry['kind'], number> & { unpriced: number };
  /** Something a person should know, such as an order that a crash left open. */
  notice(text: string): void;
  notices(): readonly string[];
}

const KEEP = 1000;

/** An in-memory book that keeps the last 1,000 entries and 50 notices, and the sums of all. */
export function createSpendBook(): SpendBook {
  const entries: SpendEntry[] = [];
  const notices: string[] = [];
  const totals = { debit: 0, refund: 0, metered: 0, unpriced: 0 };
  return {
    add(entry) {
      totals[entry.kind] += entry.usd ?? 0;
      if (entry.usd === null) totals.unpriced += 1;
      entries.push(entry);
      if (entries.length > KEEP) entries.shift();
    },
    entries: () => entries,
    totals: () => ({ ...totals }),
    notice(text) {
      notices.push(text);
      if (notices.length > 50) notices.shift();
    },
    notices: () => notices,
  };
}
