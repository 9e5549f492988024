import * as z from 'zod';
import { runMaintenance } from '../../src/engine/maintenance.ts';
import { openTestbed, type Testbed } from '../../testbed/testbed.ts';
import type { Dice } from '../soak/dice.ts';
import type { Attack } from './attack.ts';

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

const pending = z.object({ confirmation: z.object({ token: z.string(), reply: z.string() }) });
const refused = z.object({ error: z.object({ code: z.string() }) });

const burnOf = ({ world }: Testbed): number =>
  world.volt.pods
    .filter(({ phase }) => phase.raw !== 'stopped')
    .reduce((sum, pod) => sum + pod.cost_per_hour, 0);

/** One step of a day with a wrong clock; what went wrong, or null. */
async function step(bed: Testbed, wall: { off: number }, dice: Dice, n: number): Promise<string | null> {
  const { world } = bed;
  wall.off = dice.pick(JUMPS_MS) ?? 0;
  world.clock.advance(dice.between(0, 5 * MINUTE));
  const made = world.volt.pods.length;
  const { structuredContent } = await bed.call('create_pod', { ...ORDER, name: `pod-${n}` });
  const plan = pending.safeParse(structuredContent).data;
  if (plan !== undefined) {
    const age = dice.between(0, 20 * MINUTE);
    world.clock.advance(age);
    wall.off = dice.pick(JUMPS_MS) ?? 0;
    const { token, reply } = plan.confirmation;
    const used = await bed.call('create_pod', {
      ...ORDER,
      name: `pod-${n}`,
      confirmation_token: token,
      user_reply: reply,
    });
    const isDone = world.volt.pods.length > made;
    if (isDone && age >= 10 * MINUTE) return `a consent of ${age} s was good`;
    if (
      !isDone &&
      !refused.safeParse(used.structuredContent).success &&
      !('changes' in used.structuredContent)
    )
      return `an order ended in nothing: ${JSON.stringify(used.structuredContent)}`;
  }
  await runMaintenance(bed.runtime);
  const reads = refused.safeParse((await bed.call('list_pods')).structuredContent);
  if (reads.success) return `a read was refused: ${reads.data.error.code}`;
  if (burnOf(bed) > CAP) return `the fleet burns $${burnOf(bed)}/h under a cap of $${CAP}/h`;
  const stops = world.requests.filter(({ path }) => path.endsWith('/stop'));
  if (stops.length > 0) return 'a pod without a lease was stopped';
  if (dice.chance(0.3)) for (const pod of world.volt.pods.splice(0, 1)) void pod;
  return null;
}

/** A wall clock that jumps by an hour or a day, back and forth, between plans, consents, orders and rounds of maintenance. */
export const clocks: Attack = {
  name: 'a wall clock that jumps by an hour or a day, back and forth',
  async run(_binary, dice, rounds) {
    const wrong: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const wall = { off: 0 };
      const bed = await openTestbed({
        wall,
        person: null,
        config: { GPU_MCP_MAX_USD_PER_HOUR: String(CAP) },
      });
      try {
        bed.world.faults.add({
          cloud: 'volt',
          path: '/pods',
          kind: 'late_listing',
          seconds: 120,
          times: 1000,
        });
        for (let n = 0; n < STEPS; n += 1) {
          const fault = await step(bed, wall, dice, n);
          if (fault !== null) wrong.push(`round ${round}, step ${n}: ${fault}`);
        }
        if (!bed.world.requests.some(({ method }) => method === 'POST')) wrong.push('nothing was ordered');
      } finally {
        await bed.close();
      }
    }
    return { tried: rounds * STEPS, wrong };
  },
};
