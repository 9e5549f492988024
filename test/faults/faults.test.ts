import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../../bench/faults/kinds.ts';
import { faultsOf, RECOVERED, type Row, runRow } from '../../bench/faults/matrix.ts';
import { figuresOf, reportOf, withReport } from '../../bench/faults/report.ts';
import { WRITE_CASES } from '../../bench/faults/write-case.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { ON_CI } from '../on-ci.ts';
import { labelOf, TRIED } from './tried.ts';

const rows: Row[] = [];

describe('under every fault, one write has at most one effect and one debit, and its result claims nothing else', () => {
  it.each(TRIED.map((write) => [labelOf(write), write] as const))('%s', async (_, write) => {
    const row = { write, cells: await runRow(write), killed: write.spends ? RECOVERED : null };
    rows.push(row);
    expect(faultsOf([row])).toEqual([]);
    const seen = row.cells.flatMap((cell) => (cell === null ? [] : [cell.end]));
    expect(seen).toContain('done');
    expect(seen).toContain('unknown');
  });
});

describe('the matrix', () => {
  it('has every tool that writes, and each fault of the list', () => {
    const writing = TOOLS.filter(({ effect }) => effect !== 'read').map(({ name }) => name);
    expect(new Set(WRITE_CASES.map(({ tool }) => tool))).toEqual(new Set(writing));
    expect(FAULT_KINDS).toHaveLength(12);
  });

  it('adopts what it finds, and an order that is listed late is reported later', () => {
    const ends = (title: string) =>
      rows.map(({ cells }) => cells[FAULT_KINDS.findIndex((fault) => fault.title === title)]);
    const spending = rows.filter(({ write }) => write.listed).length;
    expect(ends('listed after 6 s').filter((cell) => cell?.end === 'found')).toHaveLength(spending);
    expect(ends('listed after 1 min').filter((cell) => cell?.foundLater)).toHaveLength(spending);
    expect(ends('429 once').every((cell) => cell?.end === 'done' && cell.limited === 1)).toBe(true);
    expect(ends('429 for good').every((cell) => cell?.code === 'rate_limited' && cell.sent === 0)).toBe(true);
    expect(figuresOf(rows)).toMatchObject({ twice: 0, wrong: 0 });
  });

  it.runIf(ON_CI)('is up to date in docs/safety.md (npm run faults writes it)', () => {
    const page = readFileSync(new URL('../../docs/safety.md', import.meta.url), 'utf8');
    expect(withReport(page, reportOf(rows))).toBe(page);
  });
});
