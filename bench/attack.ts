import { existsSync } from 'node:fs';
import type { Attack } from './attack/attack.ts';
import { clocks } from './attack/clocks.ts';
import { hostileCloud } from './attack/hostile-cloud.ts';
import { hostileHttp } from './attack/hostile-http.ts';
import { kills } from './attack/kills.ts';
import { twoServers } from './attack/two-servers.ts';
import { readOptions } from './options.ts';
import { createDice } from './soak/dice.ts';

const BINARY = 'dist/index.js';
/** The share of the time that attacks with chance in them run for; each of the others takes some seconds. */
const SHARES: readonly (readonly [Attack, number])[] = [
  [twoServers, 0.3],
  [kills, 0.3],
  [hostileCloud, 0],
  [hostileHttp, 0],
  [clocks, 0.2],
];
/** How much longer all may take on a busy machine before they count as hanging, seconds. */
const PATIENCE_SECONDS = 600;

const option = readOptions({
  usage: 'npm run attack -- [--seed N] [--rounds N] [--seconds N]',
  about:
    'Attacks on servers of our own, on loopback only. What depends on chance is tried in rounds until its time is over. Exit code 0 if everything held, else 1.',
  options: {
    seed: { default: 'the time', meaning: 'repeats a run' },
    rounds: { default: 'no end', meaning: 'at most so many rounds of each attack' },
    seconds: {
      default: '75',
      meaning: 'begins no further round after so many seconds; one round of each is always tried',
    },
  },
});
const numberOf = (name: 'seed' | 'rounds' | 'seconds', otherwise: number): number => {
  const value = Number(option(name));
  return Number.isFinite(value) ? value : otherwise;
};

if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: npm run build`);
const seed = numberOf('seed', Math.floor(Date.now() / 1000) % 1_000_000);
const rounds = numberOf('rounds', Number.POSITIVE_INFINITY);
const seconds = numberOf('seconds', 75);
console.log(`seed ${seed}, ${seconds} s`);
let failed = 0;
let present = '';
setTimeout(
  () => {
    console.error(`The attacks did not end in time. This one was under way: ${present}.`);
    process.exit(1);
  },
  (seconds + PATIENCE_SECONDS) * 1000,
).unref();

for (const [{ name, run }, share] of SHARES) {
  present = name;
  const started = performance.now();
  const isOver = () => performance.now() - started > seconds * share * 1000;
  const { tried, wrong } = await run(BINARY, createDice(seed), { rounds, isOver });
  const took = Math.round((performance.now() - started) / 1000);
  console.log(`${wrong.length === 0 ? 'held ' : 'WRONG'}  ${name}: ${tried} tries, ${took} s`);
  for (const fault of wrong) console.error(`       ${fault}`);
  failed += wrong.length;
}
process.exit(failed === 0 ? 0 : 1);
