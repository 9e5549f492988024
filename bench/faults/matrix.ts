import type { SharedStore } from '../../testbed/shared-store.ts';
import { applies, type Cell, runCell } from './cell.ts';
import type { KilledCell } from './killed.ts';
import { FAULT_KINDS } from './kinds.ts';
import { WRITE_CASES, type WriteCase } from './write-case.ts';

/** One write under every fault, in the order of FAULT_KINDS; null if the fault cannot meet it. */
export interface Row {
  write: WriteCase;
  cells: (Cell | null)[];
  /** Null for what does not spend. */
  killed: Pick<KilledCell, 'effects' | 'money' | 'sent' | 'wrong'> | null;
}

/**
 * Runs one write under every fault but the killed server, each on a sandbox of its own, side by side. `store`: with two
 * servers on it.
 */
export const runRow = (write: WriteCase, store: SharedStore | null = null): Promise<(Cell | null)[]> =>
  Promise.all(
    FAULT_KINDS.map(async (fault) => (applies(write, fault) ? runCell(write, fault, store) : null)),
  );

/** Everything that is not as it must be, one line each. */
export const faultsOf = (rows: readonly Row[]): string[] =>
  rows.flatMap(({ write, cells, killed }) => [
    ...cells.flatMap((cell, index) =>
      (cell?.wrong ?? []).map(
        (wrong) => `${write.tool} (${write.on}), ${FAULT_KINDS[index]?.title}: ${wrong}`,
      ),
    ),
    ...(killed?.wrong ?? []).map((wrong) => `${write.tool} (${write.on}), server killed: ${wrong}`),
  ]);

/** The state of a killed server's order if all is well. */
export const RECOVERED = { effects: 1, money: 1, sent: 1, wrong: [] };

/** The writes whose killed server is tried. */
export const SPENDING: readonly WriteCase[] = WRITE_CASES.filter(({ spends }) => spends);
