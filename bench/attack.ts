import { existsSync } from 'node:fs';
import type { Attack } from './attack/attack.ts';
import { clocks } from './attack/clocks.ts';
import { hostileCloud } from './attack/hostile-cloud.ts';
import { hostileHttp } from './attack/hostile-http.ts';
import { kills } from './attack/kills.ts';
import { twoServers } from './attack/two-servers.ts';
import { createDice } from './soak/dice.ts';

// Attacks on servers of our own, on loopback only, for some minutes. `--seed N` repeats a run, `--rounds N` sets how often
// what depends on chance is tried. Ends with 0 if everything held, else with 1.

const ATTACKS: readonly Attack[] = [twoServers, kills, hostileCloud, hostileHttp, clocks];
const BINARY = 'dist/index.js';
const LIMIT_MS = 10 * 60 * 1000;

function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}

if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: npm run build`);
setTimeout(() => {
  console.error('The attacks did not end in time.');
  process.exit(1);
}, LIMIT_MS).unref();

const seed = option('seed', Math.floor(Date.now() / 1000) % 1_000_000);
const rounds = option('rounds', 10);
console.log(`seed ${seed}, ${rounds} rounds`);
let failed = 0;
for (const { name, run } of ATTACKS) {
  const started = performance.now();
  const { tried, wrong } = await run(BINARY, createDice(seed), rounds);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`${wrong.length === 0 ? 'held ' : 'WRONG'}  ${name}: ${tried} tries, ${seconds} s`);
  for (const fault of wrong) console.error(`       ${fault}`);
  failed += wrong.length;
}
process.exit(failed === 0 ? 0 : 1);
