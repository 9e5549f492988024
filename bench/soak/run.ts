import type { CallResult } from '../../src/engine/result.ts';
import { challengeOf } from '../../testbed/challenge.ts';
import { openServers, type Servers } from '../../testbed/servers.ts';
import type { SharedStore } from '../../testbed/shared-store.ts';
import { SECRETS, type ShownSpend } from '../../testbed/testbed.ts';
import { chooseAction } from './actions.ts';
import { createDice } from './dice.ts';
import { check, checkClaim, emptyMemory, type Memory, remember } from './model.ts';
import { addWeather } from './weather.ts';

export interface SoakOptions {
  seed: number;
  /** Steps to take at most, and milliseconds after which no further one begins. */
  steps: number;
  ms?: number;
  /** With two servers on it; null or left out: one server with files. */
  store?: SharedStore | null;
  /** Hears of the progress now and then. */
  onProgress?: (done: number, report: SoakReport) => void;
}

/** How a run went. `failure`: the first thing that did not hold, with the step and the seed to see it again. */
export interface SoakReport {
  seed: number;
  steps: number;
  calls: Record<string, number>;
  ends: Record<string, number>;
  /** Heap in MB after garbage collection, now and then; empty if the collector cannot be called. */
  heap_mb: number[];
  failure: string | null;
}

const PROBE_EVERY = 100;
const CAP = '4';

function secretsOf({ world }: Servers): string[] {
  return [
    ...world.volt.api_keys.map(({ key }) => key),
    ...world.nebula.api_keys.map(({ key }) => key),
    ...world.nebula.instances.map(({ vm_password }) => vm_password),
    SECRETS.GPU_MCP_SECRET_GHCR,
    'canary-env-value',
  ];
}

const endOf = ({ isError, structuredContent: body }: CallResult): string =>
  isError
    ? (body.error as { code: string }).code
    : body.status === 'confirmation_required'
      ? body.status
      : body.reconciled === true
        ? 'found'
        : 'done';

function heapMb(): number | null {
  if (globalThis.gc === undefined) return null;
  globalThis.gc();
  return Math.round((process.memoryUsage().heapUsed / 1024 / 1024) * 10) / 10;
}

/** Takes one call's result in: what it leaves open, what it leaks. */
function takeIn(
  servers: Servers,
  memory: Memory,
  args: Record<string, unknown>,
  result: CallResult,
  logged: string[],
) {
  remember(memory, args, result);
  const said = `${JSON.stringify(result.content)}${JSON.stringify(result.structuredContent)}${logged.splice(0).join('\n')}`;
  return secretsOf(servers).some((secret) => said.includes(secret)) ? ['a secret came out'] : [];
}

/** Calls and faults by dice, with everything checked after each step. Never rejects for what it finds. */
export async function soak({
  seed,
  steps,
  ms = Number.POSITIVE_INFINITY,
  store = null,
  onProgress,
}: SoakOptions): Promise<SoakReport> {
  const dice = createDice(seed);
  const logged: string[] = [];
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => rejections.push(reason);
  process.on('unhandledRejection', onRejection);
  const hesitates = () => dice.chance(0.1);
  const options = {
    timeouts: 'by hand' as const,
    seed,
    config: {
      GPU_MCP_MAX_USD_PER_HOUR: CAP,
      GPU_MCP_MAX_PODS: '12',
      GPU_MCP_MAX_JOB_USD: '1000',
      GPU_MCP_LOG_LEVEL: 'debug',
    },
    // A person who typed something else is asked once more, and mostly means it.
    person: (message: string) =>
      (message.startsWith('You typed') ? dice.chance(0.9) : hesitates()) ? 'no' : challengeOf(message),
    replies: (reply: string) => (hesitates() ? 'no' : reply),
    log: (event: Record<string, unknown>) => logged.push(JSON.stringify(event)),
  };
  const servers = await openServers(options, store);
  const { world, all, call, maintain } = servers;
  world.ledger.setBalance('volt', 1e6);
  world.ledger.setBalance('nebula', 1e6);
  const memory = emptyMemory();
  const report: SoakReport = { seed, steps: 0, calls: {}, ends: {}, heap_mb: [], failure: null };
  const started = performance.now();
  const count = (counts: Record<string, number>, key: string) => {
    counts[key] = (counts[key] ?? 0) + 1;
  };
  const reports = () =>
    Promise.all(
      all.map(async (server) => (await server.call('get_spend')).structuredContent.spend as ShownSpend),
    );

  const step = async (number: number): Promise<string[]> => {
    const action = chooseAction(dice);
    const args = action?.args(world, dice, `s${number}`) ?? null;
    if (action === undefined || args === null) return [];
    const weather = addWeather(world, dice, action.tool, args);
    // With two servers, now and then another such order, or the same without a name, is under way on the other one.
    const hasRival = all.length > 1 && action.spends && dice.chance(0.4);
    const other = 'name' in args ? { ...args, name: `s${number}b` } : args;
    const wanted = hasRival ? [args, other] : [args];
    const results = await Promise.all(wanted.map((one) => call(action.tool, one)));
    if (dice.chance(0.5)) await maintain();
    world.faults.clear();
    const claims = results.flatMap((result, at) => checkClaim(servers, wanted[at] ?? {}, result));
    for (const result of results) {
      count(report.calls, action.tool);
      count(report.ends, endOf(result));
    }
    world.clock.advance(dice.between(0, 900));
    await maintain();
    const wrong = [
      ...results.flatMap((result, at) => takeIn(servers, memory, wanted[at] ?? {}, result, logged)),
      ...claims,
      ...(await check(servers, await reports(), memory)),
      ...rejections.map((reason) => `unhandled rejection: ${String(reason)}`),
    ];
    world.requests.clear();
    const ends = results.map(endOf).join(' and ');
    return wrong.map((text) => `step ${number} (${action.tool}, ${weather}, ${ends}): ${text}`);
  };

  try {
    for (let number = 1; number <= steps && performance.now() - started < ms; number += 1) {
      const wrong = await step(number);
      report.steps = number;
      if (wrong.length > 0) {
        report.failure = `seed ${seed}: ${wrong.join('; ')}. Again: npm run soak -- --seed ${seed} --steps ${number}${store === null ? '' : ' --replicas 2'}`;
        break;
      }
      if (number % PROBE_EVERY === 0) {
        const heap = heapMb();
        if (heap !== null) report.heap_mb.push(heap);
        onProgress?.(number, report);
      }
    }
    return report;
  } finally {
    process.off('unhandledRejection', onRejection);
    await servers.close();
  }
}

/** How much the heap grew from the second quarter of the run to its end, MB; null if too little was measured. */
export function heapGrowth({ heap_mb }: SoakReport): number | null {
  const early = heap_mb[Math.floor(heap_mb.length / 4)];
  const last = heap_mb.at(-1);
  return heap_mb.length < 8 || early === undefined || last === undefined ? null : last - early;
}
