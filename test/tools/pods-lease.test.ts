import { describe, expect, it, vi } from 'vitest';
import { LEASE_REMINDS } from '../../src/core/pods-shown.ts';
import { REMINDER_NOTE } from '../../src/core/spend.ts';
import { LEASE_MESSAGES, updatePod } from '../../src/tools/pods/update.ts';
import { agrees, consentOf, NEBULA_POD, startHarness, VOLT_POD } from '../harness.ts';
import { fakeContext, call as run } from './fake-context.ts';
import { pod, podCloud } from './fake-pods.ts';

const BOTH = { GPU_MCP_RESULTS: 'both' } as const;
const KEY = {
  cloud: 'volt',
  name: 'bob',
  public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNhbmRib3hLZXlTYW5kYm94S2V5U2FuZGJveEtleSEh bob',
};

describe('a lease', () => {
  it('is seen in get_pod and list_pods, prolonged and lifted with consent, and no request changes anything', async () => {
    const { call, asked, writes, runtime } = await startHarness({ elicit: agrees, config: BOTH });
    const { structured } = await call('create_pod', { ...VOLT_POD, max_lifetime_hours: 2 });
    const pod = structured.pod?.ref ?? '';
    const seen = async () => [
      (await call('get_pod', { pod })).text.match(/lease ends: (\S+)/)?.[1],
      (await call('list_pods')).text.match(/(2026-\S+Z)/)?.[1],
    ];
    expect(await seen()).toEqual(['2026-03-28T16:00:00.000Z', '2026-03-28T16:00:00.000Z']);
    const before = writes().length;
    const longer = await call('update_pod', { pod, max_lifetime_hours: 6 });
    expect(longer.text).toMatch(/2026-03-28T20:00:00/);
    expect(asked.at(-1)).toMatch(/2026-03-28T20:00:00.000Z.*2026-03-28T16:00:00/s);
    expect((await seen())[0]).toBe('2026-03-28T20:00:00.000Z');
    const lifted = await call('update_pod', { pod, max_lifetime_hours: 0 });
    expect(lifted.structured.status).toBe('done');
    expect(await seen()).toEqual([undefined, undefined]);
    expect(await runtime.gate.store.leases.all()).toEqual([]);
    expect(writes()).toHaveLength(before);
  });

  it('is in the first line of a question, if its end stops the pod', async () => {
    const { call, asked, runtime, world } = await startHarness({ elicit: agrees, config: BOTH });
    const first = () => asked.at(-1)?.split('\n')[0] ?? '';
    const { structured } = await call('create_pod', { ...VOLT_POD, max_lifetime_hours: 8 });
    expect(first()).toMatch(/0\.39\/h .*\blease\b.* 8 h\.$/);
    await call('create_pod', { ...NEBULA_POD, max_lifetime_hours: 8 });
    expect(first()).not.toMatch(/\blease\b/);
    const pod = structured.pod?.ref ?? '';
    world.clock.advance(3600);
    await call('stop_pod', { pod });
    world.clock.advance(600);
    await call('start_pod', { pod });
    expect(first()).toMatch(/\blease\b.* 2026-03-28 22:00 UTC\.$/);
    expect(asked.at(-1)).toContain('2026-03-28T22:00:00.000Z');
    world.clock.advance(600);
    await runtime.gate.store.leases.lift(pod);
    await call('stop_pod', { pod });
    world.clock.advance(600);
    await call('start_pod', { pod });
    expect(first()).not.toMatch(/\blease\b/);
  });

  it('ends as the plan says, whenever the yes comes', async () => {
    const { call, world, runtime } = await startHarness({ config: BOTH });
    const pod = `volt:pod:${world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' })}`;
    const change = { pod, max_lifetime_hours: 6 };
    const plan = await call('update_pod', change);
    expect(plan.text).toMatch(/2026-03-28T20:00:00.000Z/);
    world.clock.advance(300);
    const done = await call('update_pod', { ...change, ...consentOf(plan) });
    expect(done.text).toMatch(/2026-03-28T20:00:00.000Z/);
    expect((await runtime.gate.store.leases.all()).map(({ ends_at }) => ends_at)).toEqual([
      '2026-03-28T20:00:00.000Z',
    ]);
  });

  it('stays as it was if the outcome of the change is unknown', async () => {
    const { call, world, runtime } = await startHarness({ elicit: agrees, config: BOTH });
    const pod = `volt:pod:${world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' })}`;
    world.faults.add({ cloud: 'volt', method: 'PUT', kind: 'drop_before' });
    const { structured } = await call('update_pod', { pod, name: 'two', max_lifetime_hours: 6 });
    expect(structured.error).toMatchObject({
      code: 'outcome_unknown',
      message: expect.stringContaining(LEASE_MESSAGES.as_before),
    });
    expect(await runtime.gate.store.leases.all()).toEqual([]);
  });

  it('that cannot be saved after the cloud took the change leaves the change done, with a warning', async () => {
    const sent: unknown[] = [];
    const update = async (_io: unknown, _id: string, change: unknown) => {
      sent.push(change);
      return { message: null, raw_state: null, notes: [] };
    };
    const ctx = fakeContext([podCloud('volt', [pod('volt', 'p1')], { update })]);
    ctx.spending.leases.add = () => Promise.reject(new Error('disk full'));
    const change = { pod: 'volt:pod:p1', name: 'x', max_lifetime_hours: 6 };
    const { output } = await run(updatePod, change, ctx);
    expect(output).toMatchObject({
      status: 'done',
      message: expect.stringContaining(LEASE_MESSAGES.unsaved),
    });
    expect(sent).toEqual([{ name: 'x' }]);
  });

  it('is kept for the only new pod of an order that the cloud took, also at another price', async () => {
    const { call, world, runtime } = await startHarness({ elicit: agrees, config: BOTH });
    world.faults.add({ cloud: 'nebula', method: 'POST', kind: 'delay', delay_ms: 300 });
    const order = call('create_pod', { ...NEBULA_POD, max_lifetime_hours: 2 });
    const posts = () => world.requests.filter(({ method }) => method === 'POST');
    await vi.waitFor(() => expect(posts()).toHaveLength(1), { timeout: 30_000, interval: 5 });
    for (const product of world.nebula.products) product.price_per_hour += 1;
    const { structured, text } = await order;
    expect(structured, text).toMatchObject({ status: 'done' });
    expect(text).toMatch(/WARNING: .*\$\d/);
    expect(await runtime.gate.store.leases.all()).toMatchObject([{ ref: structured.pod?.ref }]);
  });

  it('on Nebula is called a reminder, in the plan, in the result and wherever its end is seen', async () => {
    const { call, world } = await startHarness({ config: BOTH });
    const order = { ...NEBULA_POD, max_lifetime_hours: 2 };
    const plan = await call('create_pod', order);
    expect(plan.structured.plan?.consequences.join(' ')).toContain(LEASE_REMINDS);
    const done = await call('create_pod', { ...order, ...consentOf(plan) });
    expect(done.structured.message).toContain(LEASE_REMINDS);
    const ref = done.structured.pod?.ref ?? '';
    world.clock.advance(300);
    const end = '2026-03-28T16:00:0';
    const [list, one, spend] = [
      await call('list_pods'),
      await call('get_pod', { pod: ref }),
      await call('get_spend'),
    ];
    for (const [{ text }, reminds] of [
      [list, LEASE_REMINDS],
      [one, LEASE_REMINDS],
      [spend, REMINDER_NOTE],
    ] as const) {
      expect(text).toContain(end);
      expect(text).toContain(reminds);
    }
    expect(list.text).toMatch(new RegExp(`${end}\\S* \\(reminder\\)`));
    for (const pod of [list.structured.pods?.[0], one.structured.pod])
      expect(pod?.warnings).toContain(LEASE_REMINDS);
    expect(spend.structured.spend?.pods[0]?.note).toContain(REMINDER_NOTE);
    // If a stop ends the billing, the plan needs no such sentence.
    const plain = { ...VOLT_POD, name: 'two', max_lifetime_hours: 2 };
    await call('create_pod', { ...plain, ...consentOf(await call('create_pod', plain)) });
    const { text } = await call('get_pod', { pod: 'two' });
    expect(text).toMatch(/: 2026-03-28T16:/);
    expect(text).not.toContain(LEASE_REMINDS);
  });
});

it('list_pods shows what each pod costs now, most expensive first', async () => {
  const { call, world } = await startHarness({ config: BOTH });
  world.addPod('volt', { name: 'off', machine_id: 'mach_rtx3090_01', state: 'stopped' });
  world.addPod('volt', { name: 'on', machine_id: 'mach_rtx3090_01' });
  world.addPod('nebula', { name: 'box', product_id: 'prd-ca-a6000-1', state: 'Stopped' });
  const { structured } = await call('list_pods');
  const rows = structured.pods as unknown as { name: string; usd_per_hour_now: number }[];
  expect(rows.map(({ name, usd_per_hour_now }) => [name, usd_per_hour_now])).toEqual([
    ['box', 0.49],
    ['on', 0.19],
    ['off', 0],
  ]);
});

describe('update_pod', () => {
  it('adds and removes single keys, and names them', async () => {
    const { call, asked, writes, world } = await startHarness({ elicit: agrees, config: BOTH });
    const pod = (await call('create_pod', VOLT_POD)).structured.pod?.ref ?? '';
    world.clock.advance(60);
    const bob = ((await call('add_ssh_key', KEY)).structured.ssh_key as { ref: string }).ref;
    await call('update_pod', { pod, add_ssh_keys: [bob] });
    const id = bob.split(':')[2];
    expect(JSON.parse(writes().at(-1)?.body ?? '')).toEqual({ ssh_key_ids: ['key_abc123', id] });
    expect(asked.at(-1)).toMatch(/"work-laptop" \(volt:ssh_key:key_abc123\)/);
    expect((await call('get_pod', { pod })).text).toMatch(/ssh keys: "work-laptop" .*"bob"/);
    await call('update_pod', { pod, remove_ssh_keys: ['work-laptop'] });
    expect(JSON.parse(writes().at(-1)?.body ?? '')).toEqual({ ssh_key_ids: [id] });
    expect(asked.at(-1)).toMatch(/removed: "work-laptop"/);
  });

  it('warns of nothing that does not change', async () => {
    const { call, asked, world } = await startHarness({ elicit: agrees, config: BOTH });
    const pod = (await call('create_pod', VOLT_POD)).structured.pod?.ref ?? '';
    world.clock.advance(60);
    await call('update_pod', { pod, name: 'other' });
    expect(asked.at(-1)).not.toMatch(/volume|SSH key/);
  });

  it.each([
    [{ add_ssh_keys: ['volt:ssh_key:nobody'] }, /^ssh_keys: .*volt:ssh_key:nobody/],
    [
      { add_ssh_keys: ['volt:ssh_key:key_abc123'], ssh_keys: ['volt:ssh_key:key_abc123'] },
      /^ssh_keys: .*\badd_ssh_keys\b/,
    ],
    [{}, /^name, add_ssh_keys, .*: /],
  ])('refuses %j before anybody is asked', async (args, message) => {
    const { call, world, asked } = await startHarness({ elicit: agrees, config: BOTH });
    const pod = `volt:pod:${world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' })}`;
    const { structured } = await call('update_pod', { pod, ...args });
    expect(structured.error?.code).toBe('invalid_input');
    expect(structured.error?.message).toMatch(message);
    expect(asked).toEqual([]);
  });
});

it('get_pod shows the ports that its template opens', async () => {
  const { call } = await startHarness({ elicit: agrees, config: BOTH });
  const pod = (await call('create_pod', VOLT_POD)).structured.pod?.ref ?? '';
  expect((await call('get_pod', { pod })).text).toMatch(/^ports\b.*: 22, 8888$/m);
});
