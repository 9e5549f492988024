import { describe, expect, it } from 'vitest';
import type { World } from '../../src/sandbox/world.ts';
import { agrees, NEBULA_POD, startHarness, TARGON_POD, TEXT_JOB, VOLT_POD } from '../harness.ts';

const INSTANCES = 'GET /computing/instances';
const VOLT_ORDER = [INSTANCES, 'GET /machines', 'GET /pods', 'GET /ssh-keys', 'GET /templates'];
const POD = { name: 'box', state: 'stopped' };

/** What the plan of a call asks the clouds, both of them configured. Ids are cut off. */
const PLANS: readonly {
  name: string;
  args: (world: World) => Record<string, unknown>;
  asks: readonly string[];
}[] = [
  { name: 'create_pod', args: () => VOLT_POD, asks: VOLT_ORDER },
  { name: 'create_pod', args: () => TARGON_POD, asks: [INSTANCES, 'GET /machines', 'GET /pods'] },
  {
    name: 'create_pod',
    args: () => NEBULA_POD,
    asks: ['GET /computing/images', INSTANCES, 'GET /computing/products', 'GET /pods', 'GET /ssh-keys'],
  },
  { name: 'submit_finetune', args: () => TEXT_JOB, asks: ['GET /fine-tuning'] },
  {
    name: 'start_pod',
    args: (world) => ({ pod: `volt:pod:${world.addPod('volt', POD)}` }),
    asks: [INSTANCES, 'GET /pods'],
  },
  {
    name: 'start_pod',
    args: (world) => ({
      pod: `nebula:pod:${world.addPod('nebula', { ...POD, product_id: 'prd-ca-a6000-1' })}`,
    }),
    asks: [INSTANCES, 'GET /pods'],
  },
];

const endpointOf = ({ method, path }: { method: string; path: string }): string =>
  `${method} ${path.replace(/^(\/pods|\/computing\/instance)\/[^/]+/, '$1/:id')}`;

describe('one reading', () => {
  it.each(PLANS)('a plan of $name asks for nothing twice: $asks', async ({ name, args, asks }) => {
    const { call, world } = await startHarness();
    const given = args(world);
    world.requests.clear();
    expect((await call(name, given)).structured.status).toBe('confirmation_required');
    expect(world.requests.map(endpointOf).toSorted()).toEqual([...asks]);
  });

  it('asks for the machines once, even if the price of a live pod depends on them', async () => {
    const { call, world, connect } = await startHarness({ elicit: agrees });
    const four = { ...VOLT_POD, name: 'four', machine: 'volt:machine:mach_h100_03', gpu_count: 4 };
    expect((await call('create_pod', four)).structured.status).toBe('done');
    world.requests.clear();
    const { call: ask } = await connect();
    expect((await ask('create_pod', VOLT_POD)).structured.status).toBe('confirmation_required');
    expect(world.requests.map(endpointOf).toSorted()).toEqual(VOLT_ORDER);
  });

  it('is not kept: what a later call reads is as the cloud has it then', async () => {
    const { call, world } = await startHarness();
    await call('create_pod', VOLT_POD);
    world.requests.clear();
    await call('create_pod', VOLT_POD);
    expect(world.requests.map(endpointOf).toSorted()).toEqual(VOLT_ORDER);
  });
});
