import type { FaultRule } from '../../src/sandbox/faults.ts';
import type { World } from '../../src/sandbox/world.ts';
import type { Dice } from './dice.ts';

const RETRY_AFTER = ['1', '2', '0', 'abc', '-5', '30', 'Sat, 28 Mar 2026 14:00:00 GMT', '3400'];

const KINDS: readonly ((dice: Dice) => FaultRule)[] = [
  () => ({ kind: 'drop_before' }),
  () => ({ kind: 'drop_after_commit' }),
  (dice) => ({ kind: 'error_before', status: dice.pick([500, 502, 503]) ?? 500 }),
  () => ({ kind: 'error_after_commit' }),
  (dice) => ({ kind: 'rate_limit', retry_after: dice.pick(RETRY_AFTER) ?? '1' }),
  (dice) => ({ kind: 'html', status: dice.pick([200, 502]) ?? 200 }),
  () => ({ kind: 'garbage_json' }),
  () => ({ kind: 'failed_envelope' }),
];

const METHODS: readonly [RegExp, string][] = [
  [/^(delete|cancel|revoke)/, 'DELETE'],
  [/^(update|rename)/, 'PUT'],
  [/^(create|add|submit|start|stop|generate)/, 'POST'],
];

/** The requests to spoil: mostly the write of this call, on the cloud that it is about, else any. */
function aim(
  dice: Dice,
  tool: string,
  args: Record<string, unknown>,
): Pick<FaultRule, 'cloud' | 'method' | 'path'> {
  const named = JSON.stringify(args).includes('nebula') ? 'nebula' : 'volt';
  const cloud = dice.chance(0.8) ? named : (dice.pick(['volt', 'nebula', 'inference'] as const) ?? 'volt');
  if (dice.chance(0.3)) return { cloud };
  const method = METHODS.find(([form]) => form.test(tool))?.[1] ?? 'GET';
  if (cloud !== 'nebula' || !/^(start|stop|restart)/.test(tool)) return { cloud, method };
  return { cloud, method: 'GET', path: '/computing/instance/*/*' };
}

/** Puts at most two faults in the way of a call. Returns what they are. */
export function addWeather(world: World, dice: Dice, tool: string, args: Record<string, unknown>): string {
  if (!dice.chance(0.6)) return 'fair';
  const rule = dice.pick(KINDS)?.(dice) ?? { kind: 'drop_before' as const };
  const target = aim(dice, tool, args);
  world.faults.add({ ...target, ...rule, times: dice.between(1, 3) });
  const late = dice.chance(0.4);
  if (late)
    world.faults.add({ ...target, method: 'POST', kind: 'late_listing', seconds: dice.between(1, 120) });
  return `${target.cloud} ${rule.kind}${late ? ', listed late' : ''}`;
}
