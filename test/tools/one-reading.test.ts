import { describe, expect, it } from 'vitest';
import type { World } from '../../src/sandbox/world.ts';
import { kindsNamedBy } from '../../src/tools/fields.ts';
import { CASES, type ToolCase } from '../../testbed/examples.ts';
import { prepare } from '../../testbed/prepare.ts';
import { openTestbed } from '../../testbed/testbed.ts';
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

/** An argument with the id alone of each thing in place of its ref. */
const bare = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(bare) : typeof value === 'string' ? (idOf(value) ?? value) : value;
const idOf = (text: string): string | undefined => /^[a-z]+:[a-z_]+:(.+)$/.exec(text)?.[1];

const namesThings = ({ tool, args, ends }: ToolCase): boolean =>
  ends === undefined &&
  Object.entries(args).some(
    ([name, value]) =>
      kindsNamedBy(tool.input.shape[name]).length > 0 &&
      [value].flat().some((one) => /^\$\w+$/.test(String(one)) || idOf(String(one)) !== undefined),
  );

/** One call of each tool for each cloud of the things that it names. */
const BY_ID = new Map(
  CASES.filter(namesThings)
    .toReversed()
    .map((example) => [
      `${example.tool.name} ${JSON.stringify(example.args).includes('nebula') || JSON.stringify(example.before ?? []).includes('nebula') ? 'nebula' : 'volt'}`,
      example,
    ]),
);

/** The GETs that were sent twice with no action in between. */
function repeated(requests: readonly { method: string; cloud: string; path: string; query: object }[]) {
  let seen = new Set<string>();
  const twice: string[] = [];
  for (const { method, cloud, path, query } of requests) {
    const key = `${cloud} ${path} ${JSON.stringify(query)}`;
    if (method !== 'GET' || /\/(?:start|stop|reboot)$/.test(path)) seen = new Set();
    else if (seen.has(key)) twice.push(key);
    else seen.add(key);
  }
  return twice;
}

describe('a call that names things by their ids alone', () => {
  it.each([...BY_ID])('asks for nothing twice, nor does its execution: %s', async (_label, example) => {
    const testbed = await openTestbed({
      state: 'memory',
      person: null,
      config: { GPU_MCP_MAX_JOB_USD: '1000' },
    });
    const { call, world } = testbed;
    const args = Object.fromEntries(
      Object.entries(prepare(world, example).args).map(([name, value]) => [
        name,
        kindsNamedBy(example.tool.input.shape[name]).length > 0 ? bare(value) : value,
      ]),
    );
    world.requests.clear();
    const first = await call(example.tool.name, args);
    expect(first.isError, JSON.stringify(first.content)).toBe(false);
    const [asked] = [repeated(world.requests), world.requests.clear()];
    const { confirmation } = first.structuredContent as { confirmation?: { token: string; reply: string } };
    expect(confirmation !== undefined).toBe(example.tool.gated);
    if (confirmation !== undefined) {
      const { token, reply } = confirmation;
      const done = await call(example.tool.name, { ...args, confirmation_token: token, user_reply: reply });
      expect(done.structuredContent.status, JSON.stringify(done.content)).toBe('done');
    }
    expect([asked, repeated(world.requests)]).toEqual([[], []]);
    await testbed.close();
  });
});

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
