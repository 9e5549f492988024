import { describe, expect, it } from 'vitest';
import { runMaintenance } from '../../src/engine/maintenance.ts';
import { numbersIn } from '../facts.ts';
import { VOLT_POD } from '../harness.ts';
import { HOUR, stops } from './leased.ts';
import { crash, spendOf, stageFor } from './stages.ts';

const NEW_KEY = 'volt_the_next_key_0123456789';
const NAMED = { GPU_MCP_ACCOUNT: 'team-a' };

/** A pod with a lease that is over, made with the sandbox's first key; then the account has another key. */
async function rotated(before: Record<string, string> = {}) {
  const base = await stageFor();
  const one = await stageFor({ beside: base, config: before });
  await crash(one, 'create_pod', { ...VOLT_POD, name: 'lost' });
  one.world.faults.clear();
  await one.call('create_pod', { ...VOLT_POD, max_lifetime_hours: 2 });
  one.world.clock.advance(3 * HOUR);
  await one.close();
  for (const key of base.world.volt.api_keys) key.key = NEW_KEY;
  return base;
}

describe('a key that was changed', () => {
  it.each([
    ['with the account named all along', NAMED, NAMED],
    ['without a name', {}, {}],
    ['with a name given at the same time', {}, NAMED],
  ])('keeps leases and orders, %s, once a thing of it is listed', async (_how, before, after) => {
    const one = await rotated(before);
    const two = await stageFor({ beside: one, config: { ...after, VOLT_API_KEY: NEW_KEY } });
    await runMaintenance(two.runtime);
    expect(stops(one)).toHaveLength(1);
    const { notices } = await spendOf(two);
    expect(numbersIn(notices[0])).toEqual([1, 1]);
    expect(notices).toContainEqual(expect.stringContaining('create_pod'));
    expect(await two.runtime.gate.store.otherKeys.all()).toEqual([]);
  });

  it('leaves alone what may be another account’s, and says so', async () => {
    const one = await rotated(NAMED);
    for (const { id } of one.world.pods.list()) one.world.setPodState('volt', id, 'deleted');
    const two = await stageFor({ beside: one, config: { ...NAMED, VOLT_API_KEY: NEW_KEY } });
    await runMaintenance(two.runtime);
    await runMaintenance(two.runtime);
    expect(two.warnings.map(numbersIn)).toEqual([[1, 1]]);
    expect(await two.runtime.gate.store.leases.all()).toEqual([]);
    expect(await two.runtime.gate.store.otherKeys.all()).toMatchObject([{ leases: 1, orders: 1 }]);
  });
});

describe('an account that gets a name', () => {
  it('keeps the state under its key, and refuses to spend beside a server without the name', async () => {
    const one = await stageFor();
    await one.call('create_pod', { ...VOLT_POD, max_lifetime_hours: 2 });
    const two = await stageFor({ beside: one, config: NAMED });
    expect(await two.runtime.gate.store.leases.all()).toHaveLength(1);
    expect((await two.runtime.gate.store.orders.reserved({ listed: [], burning: [] })).pods).toBe(1);
    one.world.clock.advance(3 * HOUR);
    await runMaintenance(two.runtime);
    expect(stops(one)).toHaveLength(1);
    expect(await two.runtime.gate.store.leases.all()).toEqual([]);
    expect(await one.runtime.gate.store.leases.all()).toEqual([]);
  });
});
