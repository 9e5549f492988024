/** A cloud that holds money; inference is paid from Nebula's balance. */
export type Cloud = 'volt' | 'nebula';

/** One line of money. An `accrual` line is one billed run of one pod and grows while that run lasts. */
export interface LedgerEntry {
  /** ISO time; of an accrual, the moment up to which it is counted. */
  at: string;
  cloud: Cloud;
  kind: 'debit' | 'refund' | 'accrual';
  usd: number;
  /** Id of the pod, job or model. */
  target: string;
  note: string;
}

/** All money of the sandbox. Reading it first brings accruals up to date. */
export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  /** Opening balance - debits - accruals + refunds, USD to five decimals. */
  balance(cloud: Cloud): number;
  /** Makes the present balance this many USD without adding a line. */
  setBalance(cloud: Cloud, usd: number): void;
  /** Adds a line and returns it, so that an accrual can be grown by its owner. */
  post(entry: Omit<LedgerEntry, 'at'>, at: number): LedgerEntry;
  clear(): void;
}

/** Rounds USD to a number of decimals without binary dust. */
export function roundUsd(usd: number, decimals = 2): number {
  const scale = 10 ** decimals;
  return Math.round((usd + Number.EPSILON) * scale) / scale;
}

const SIGN = { debit: -1, accrual: -1, refund: 1 };

/** Makes a ledger; `advance` is run before each read. */
export function createLedger(opening: Record<Cloud, number>, advance: () => void): Ledger {
  let entries: LedgerEntry[] = [];
  let start = { ...opening };
  const moved = (cloud: Cloud) =>
    entries
      .filter((entry) => entry.cloud === cloud)
      .reduce((sum, entry) => sum + SIGN[entry.kind] * entry.usd, 0);
  return {
    get entries() {
      advance();
      return entries;
    },
    balance(cloud) {
      advance();
      return roundUsd(start[cloud] + moved(cloud), 5);
    },
    setBalance(cloud, usd) {
      advance();
      start = { ...start, [cloud]: usd - moved(cloud) };
    },
    post(entry, at) {
      const line = { at: new Date(at).toISOString(), ...entry };
      entries.push(line);
      return line;
    },
    clear() {
      entries = [];
      start = { ...opening };
    },
  };
}
