import * as z from 'zod';
import { runMaintenance } from '../../src/engine/maintenance.ts';
import { openTestbed, type Testbed } from '../../testbed/testbed.ts';
import type { Dice } from '../soak/dice.ts';
import { type Attack, inRounds } from './attack.ts';

const ORDER = {
  machine: 'volt:machine:mach_rtx4090_01',
  template: 'volt:template:tpl_pytorch21',
  ssh_keys: ['volt:ssh_key:key_abc123'],
};
const CAP = 1;
const STEPS = 40;
const MINUTE = 60;
const HOUR_MS = 3_600_000;
const JUMPS_MS = [-24 * HOUR_MS, -HOUR_MS, 0, HOUR_MS, 24 * HOUR_MS];
/** A pod that is still starting when its lease ends is stopped at a later round. */
const LATE_MS = 10 * 60_000;

const pending = z.object({ confirmation: z.object({ token: z.string(), reply: z.string() }) });
const refused = z.object({ error: z.object({ code: z.string() }) });

/** A day with a wrong clock. `ends`: when the lease of a pod ends by the right one, by the id of the pod. */
interface Day {
  bed: Testbed;
  wall: { off: number };
  dice: Dice;
  ends: Map<string, number>;
}

const burnOf = ({ world }: Testbed): number =>
  world.volt.pods
    .filter(({ phase }) => phase.raw !== 'stopped')
    .reduce((sum, pod) => sum + pod.cost_per_hour, 0);

/** What became of leases, if that is wrong. */
function leaseFault({ bed: { world }, ends }: Day): string | null {
  const late = world.volt.pods.find(
    ({ id, phase }) =>
      phase.raw === 'running' && (ends.get(id) ?? Number.POSITIVE_INFINITY) + LATE_MS < world.clock.now(),
  );
  if (late !== undefined) return `a pod runs although its lease of an hour is over: ${late.name}`;
  const stops = world.requests.filter(({ path }) => path.endsWith('/stop'));
  const other = stops.find(({ path }) => !ends.has(path.split('/').at(-2) ?? ''));
  return other === undefined ? null : `a pod without a lease was stopped: ${other.path}`;
}

/** One step of the day; what went wrong, or null. */
async function step(day: Day, n: number): Promise<string | null> {
  const { bed, wall, dice, ends } = day;
  const { world } = bed;
  wall.off = dice.pick(JUMPS_MS) ?? 0;
  world.clock.advance(dice.between(0, 5 * MINUTE));
  const made = world.volt.pods.length;
  const hasLease = dice.chance(0.5);
  const order = { ...ORDER, name: `pod-${n}`, ...(hasLease && { max_lifetime_hours: 1 }) };
  const { structuredContent } = await bed.call('create_pod', order);
  const plan = pending.safeParse(structuredContent).data;
  if (plan !== undefined) {
    const age = dice.between(0, 20 * MINUTE);
    world.clock.advance(age);
    wall.off = dice.pick(JUMPS_MS) ?? 0;
    const { token: confirmation_token, reply: user_reply } = plan.confirmation;
    const used = await bed.call('create_pod', { ...order, confirmation_token, user_reply });
    const pod = world.volt.pods.at(-1);
    const isDone = world.volt.pods.length > made;
    if (isDone && hasLease && pod !== undefined) ends.set(pod.id, world.clock.now() + HOUR_MS);
    if (isDone && age >= 10 * MINUTE) return `a consent of ${age} s was good`;
    const isSaid = refused.safeParse(used.structuredContent).success || 'changes' in used.structuredContent;
    if (!isDone && !isSaid) return `an order ended in nothing: ${JSON.stringify(used.structuredContent)}`;
  }
  wall.off = dice.pick(JUMPS_MS) ?? 0;
  await runMaintenance(bed.runtime);
  const reads = refused.safeParse((await bed.call('list_pods')).structuredContent);
  if (reads.success) return `a read was refused: ${reads.data.error.code}`;
  if (burnOf(bed) > CAP) return `the fleet burns $${burnOf(bed)}/h under a cap of $${CAP}/h`;
  if (dice.chance(0.3)) await removeOldest(bed);
  return leaseFault(day);
}

/** Other hands delete the oldest pod. */
async function removeOldest({ world, sandbox }: Testbed): Promise<void> {
  const [oldest] = world.volt.pods;
  if (oldest === undefined) return;
  const { baseUrl, apiKey } = sandbox.volt;
  const headers = { authorization: `Bearer ${apiKey}` };
  await (await fetch(`${baseUrl}/pods/${oldest.id}`, { method: 'DELETE', headers })).text();
}

/** A wall clock that jumps by an hour or a day, back and forth, between plans, consents, orders and rounds of maintenance. */
export const clocks: Attack = {
  name: 'a wall clock that jumps by an hour or a day, back and forth',
  async run(_binary, dice, bounds) {
    const wrong: string[] = [];
    const tried = await inRounds(bounds, async (round) => {
      const wall = { off: 0 };
      const bed = await openTestbed({
        wall,
        person: null,
        config: { GPU_MCP_MAX_USD_PER_HOUR: String(CAP) },
      });
      const day: Day = { bed, wall, dice, ends: new Map() };
      const { faults, requests } = bed.world;
      try {
        faults.add({ cloud: 'volt', path: '/pods', kind: 'late_listing', seconds: 120, times: 1000 });
        for (let n = 0; n < STEPS; n += 1) {
          const fault = await step(day, n);
          if (fault !== null) wrong.push(`round ${round}, step ${n}: ${fault}`);
        }
        if (!requests.some(({ method, path }) => method === 'POST' && path === '/pods'))
          wrong.push('nothing was ordered');
        if (day.ends.size > 0 && !requests.some(({ path }) => path.endsWith('/stop')))
          wrong.push('no lease was ended');
      } finally {
        await bed.close();
      }
    });
    return { tried: tried * STEPS, wrong };
  },
};
