import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { runKilled } from './faults/killed.ts';
import { faultsOf, type Row, runRow } from './faults/matrix.ts';
import { figuresOf, reportOf, withReport } from './faults/report.ts';
import { WRITE_CASES } from './faults/write-case.ts';
import { readOptions } from './options.ts';
import { openStoreFor } from './stores.ts';

const PAGE = 'docs/safety.md';

const option = readOptions({
  usage: 'npm run faults -- [--replicas 2] [--program FILE]',
  about:
    'Runs every write under every fault and prints the matrix. Exit code 1 if anything did not hold. With one server it writes the matrix into docs/safety.md.',
  options: {
    replicas: {
      default: '1',
      meaning: '2: two servers on one PostgreSQL; a plan comes from one, its token goes to the other',
    },
    program: { default: 'dist/index.js', meaning: 'the server that is killed' },
  },
});
const program = option('program');
if (!existsSync(program)) throw new Error(`${program} is missing: npm run build`);

const { store, close } = await openStoreFor(option('replicas'));
try {
  const rows: Row[] = [];
  for (const write of WRITE_CASES) {
    const cells = await runRow(write, store);
    const killed = write.spends ? await runKilled(program, write, true, store) : null;
    rows.push({ write, cells, killed });
    console.error(`${write.tool} (${write.on})`);
  }
  const report = reportOf(rows);
  console.log(report);
  const wrong = faultsOf(rows);
  for (const fault of wrong) console.error(`WRONG: ${fault}`);
  if (store === null && existsSync(PAGE)) writeFileSync(PAGE, withReport(readFileSync(PAGE, 'utf8'), report));
  console.error(JSON.stringify(figuresOf(rows)));
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await close();
}
