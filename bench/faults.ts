import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { runKilled } from './faults/killed.ts';
import { faultsOf, type Row, runRow } from './faults/matrix.ts';
import { figuresOf, reportOf, withReport } from './faults/report.ts';
import { WRITE_CASES } from './faults/write-case.ts';

// Runs every write under every fault, prints the matrix, and writes it into docs/safety.md.

const PAGE = 'docs/safety.md';
const BINARY = process.argv[2] ?? 'dist/index.js';
if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: npm run build`);

const rows: Row[] = [];
for (const write of WRITE_CASES) {
  const cells = await runRow(write);
  const killed = write.spends ? await runKilled(BINARY, write, true) : null;
  rows.push({ write, cells, killed });
  console.error(`${write.tool} (${write.on})`);
}
const report = reportOf(rows);
console.log(report);
const wrong = faultsOf(rows);
for (const fault of wrong) console.error(`WRONG: ${fault}`);
if (existsSync(PAGE)) writeFileSync(PAGE, withReport(readFileSync(PAGE, 'utf8'), report));
console.error(JSON.stringify(figuresOf(rows)));
process.exitCode = wrong.length === 0 ? 0 : 1;
