import { existsSync } from 'node:fs';
import { runReplicas } from './replicas/run.ts';

// Two and three servers on one PostgreSQL behind a round-robin front, under storms. `--replicas N` runs N alone; `--pooler` puts
// PgBouncer in transaction mode before the database; GPU_MCP_TEST_POSTGRES_BIN names the folder of another PostgreSQL. Exit
// code 1 if anything did not hold.

const PROGRAM = 'dist/index.js';
if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: npm run build`);
const at = process.argv.indexOf('--replicas');
const counts = at < 0 ? [2, 3] : [Number(process.argv[at + 1])];

for (const count of counts) {
  const report = await runReplicas({
    count,
    program: PROGRAM,
    binaries: process.env.GPU_MCP_TEST_POSTGRES_BIN,
    hasPooler: process.argv.includes('--pooler'),
  });
  console.log(JSON.stringify(report, null, 2));
  if (report.wrong.length > 0) process.exitCode = 1;
}
// A request that got no answer still has its own time-out.
process.stdout.write('', () => process.exit());
