import type { Case, Cost } from '../examples/example.ts';
import type { World } from '../src/sandbox/world.ts';
import { challengeOf } from './challenge.ts';
import type { ToolCase } from './examples.ts';
import { prepare } from './prepare.ts';
import { openTestbed, type Testbed } from './testbed.ts';

/**
 * How long replies take in each try: long enough for requests that are sent side by side to arrive before the first of them is
 * answered. A busy machine needs the later tries.
 */
export const REPLIES_MS = [25, 100, 400, 1500] as const;
const [QUICK_MS] = REPLIES_MS;

/** Counts requests, and how many of them waited for one another: one is as deep as the deepest answered before it came, plus one. */
export interface Watch {
  /** What was counted since the last time. */
  take(): Cost;
}

/** Watches the requests of a sandbox; every reply takes `replyMs` of real time from now on. */
export function watchRequests(world: World, replyMs: number = QUICK_MS): Watch {
  let [count, deepest, answered] = [0, 0, 0];
  world.faults.add({ kind: 'delay', delay_ms: replyMs, times: Number.MAX_SAFE_INTEGER });
  const { record } = world.requests;
  world.requests.record = (request) => {
    const entry = record(request);
    const depth = answered + 1;
    count += 1;
    deepest = Math.max(deepest, depth);
    let status = entry.status;
    return Object.defineProperty(entry, 'status', {
      get: () => status,
      set: (value: number | null) => {
        status = value;
        answered = Math.max(answered, depth);
      },
    });
  };
  return {
    take() {
      const taken: Cost = [count, deepest];
      [count, deepest, answered] = [0, 0, 0];
      return taken;
    },
  };
}

/** Opens a testbed whose person is counted apart: what was read for the plan, and what came after the yes. */
export async function openWatched(
  replyMs?: number,
): Promise<{ testbed: Testbed; costs: () => NonNullable<Case['requests']> }> {
  let plan: Cost | null = null;
  const testbed = await openTestbed({
    config: { GPU_MCP_MAX_JOB_USD: '1000' },
    person: (message) => {
      plan = watch.take();
      return challengeOf(message);
    },
  });
  const watch = watchRequests(testbed.world, replyMs);
  const costs = () => {
    const run = watch.take();
    const asked = plan;
    plan = null;
    return asked === null ? { run } : { plan: asked, run };
  };
  return { testbed, costs };
}

/** What one call of an example costs at the clouds. Depth may come out too high on a busy machine, never too low. */
async function measureCosts(example: ToolCase, replyMs: number): Promise<NonNullable<Case['requests']>> {
  const { testbed, costs } = await openWatched(replyMs);
  try {
    await testbed.call(example.tool.name, prepare(testbed.world, example).args);
    return costs();
  } finally {
    await testbed.close();
  }
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** The lowest of several measurements, ended by one that equals the example's. */
export async function minCosts(example: ToolCase): Promise<NonNullable<Case['requests']>> {
  const found: NonNullable<Case['requests']>[] = [];
  for (const replyMs of REPLIES_MS) {
    found.push(await measureCosts(example, replyMs));
    if (found.some((one) => same(one, example.requests))) break;
  }
  const depth = ({ plan = [0, 0], run }: NonNullable<Case['requests']>) => plan[1] + run[1];
  const said = found.find((one) => same(one, example.requests));
  return said ?? found.reduce((low, one) => (depth(one) < depth(low) ? one : low));
}
