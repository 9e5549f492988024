import { describe, expect, it } from 'vitest';
import { CHANGE_SAYS, SAYS } from '../../src/gate/messages.ts';
import { consentOf, HARNESS_START, NEBULA_POD, startHarness, TEXT_JOB, VOLT_POD } from '../harness.ts';
import { isModern } from '../revision.ts';

const RATE = 'mach_rtx4090_01';
/** A harness without a person, and the token of one order. */
async function ordered() {
  const harness = await startHarness();
  const consent = consentOf(await harness.call('create_pod', VOLT_POD));
  return { ...harness, again: { ...VOLT_POD, ...consent }, consent };
}

describe('the first call of a client that cannot ask', () => {
  it('does nothing, is no error, and returns the plan with a token and what to do with both', async () => {
    const { call, writes, runtime } = await startHarness();
    const { structured, text, isError } = await call('create_pod', VOLT_POD);
    expect(isError).toBe(false);
    expect(structured).toEqual({
      status: 'confirmation_required',
      message: expect.any(String),
      plan: {
        action: 'create_pod',
        ref: VOLT_POD.machine,
        summary: expect.stringContaining('1 x RTX 4090'),
        effects: expect.arrayContaining([expect.stringContaining('pytorch/pytorch')]),
        cost: {
          usd_per_hour: 0.39,
          usd_upfront: 0,
          usd_upfront_max: 0,
          basis: expect.stringContaining('0.39'),
          quoted_at: runtime.now().toISOString(),
        },
        consequences: expect.arrayContaining([expect.any(String)]),
        challenge: '0.39',
      },
      confirmation: {
        token: expect.stringMatching(/^[\w-]{24}$/),
        reply: '0.39',
        expires_at: new Date(runtime.now().getTime() + 600_000).toISOString(),
      },
      next: expect.stringContaining('"0.39"'),
    });
    expect(structured.next).toContain(`confirmation_token="${structured.confirmation?.token}"`);
    expect(text).toContain(structured.next);
    for (const line of structured.plan?.consequences ?? []) expect(text).toContain(line);
    expect(writes()).toEqual([]);
  });

  it('returns a new token each time, and an older one still counts', async () => {
    const { call, again, consent } = await ordered();
    const { confirmation_token } = consentOf(await call('create_pod', VOLT_POD));
    expect(confirmation_token).not.toBe(consent.confirmation_token);
    expect((await call('create_pod', again)).structured.status).toBe('done');
  });
});

describe('the second call, with the token', () => {
  it('executes exactly once', async () => {
    const { call, again, writes, world } = await ordered();
    expect((await call('create_pod', again)).structured).toMatchObject({
      status: 'done',
      pod: { name: 'trainer' },
    });
    for (let n = 0; n < 3; n += 1) {
      const replay = await call('create_pod', again);
      expect(replay.structured).toMatchObject({
        status: 'done',
        repeated: true,
        done_at: HARNESS_START.replace('Z', '.000Z'),
        pod: { name: 'trainer' },
      });
      expect(replay.text).toContain(replay.structured.done_at);
    }
    expect(writes()).toHaveLength(1);
    expect(world.pods.list()).toHaveLength(1);
  });

  it('executes exactly once when many calls send the same token at once', async () => {
    const { call, again, writes } = await ordered();
    const ends = await Promise.all(Array.from({ length: 6 }, () => call('create_pod', again)));
    const codes = ends.map(({ structured }) => structured.error?.code ?? structured.status);
    // A second call waits for the first, or is answered that it is under way; the clock of a test does not wait.
    expect(codes.filter((code) => code !== 'done' && code !== 'in_progress')).toEqual([]);
    expect(
      ends.filter(({ structured }) => structured.status === 'done' && !('repeated' in structured)),
    ).toHaveLength(1);
    expect((await call('create_pod', again)).structured).toMatchObject({ status: 'done', repeated: true });
    expect(writes()).toHaveLength(1);
  });

  it('is the same call for any order of its arguments', async () => {
    const { call, again } = await ordered();
    const reversed = Object.fromEntries(Object.entries(again).reverse());
    expect((await call('create_pod', reversed)).structured.status).toBe('done');
  });

  it.each([
    ['another name', { name: 'other' }],
    ['another machine', { machine: 'volt:machine:mach_rtx4090_02' }],
    ['more GPUs', { gpu_count: 2 }],
    ['no SSH key', { ssh_keys: [] }],
    ['a volume', { volume_gb: 100 }],
    ['a limit', { max_usd_per_hour: 10 }],
    ['another cloud', NEBULA_POD],
  ])('is refused for %s, and the token is void from then on', async (_what, change) => {
    const { call, again, writes, consent } = await ordered();
    const other = await call('create_pod', { ...change, ...pick(again, change), ...consent });
    expect(other.structured.error?.code, other.text).toBe('confirmation_invalid');
    expect((await call('create_pod', again)).structured.error?.code).toBe('confirmation_invalid');
    expect(writes()).toEqual([]);
  });

  it('is refused for another tool or another target', async () => {
    const { call, world, writes } = await startHarness();
    const [one, two] = [world.addPod('volt', { name: 'one' }), world.addPod('volt', { name: 'two' })];
    for (const [tool, pod] of [
      ['delete_pod', one],
      ['stop_pod', two],
    ] as const) {
      const consent = consentOf(await call('stop_pod', { pod: `volt:pod:${one}` }));
      const args = { pod: `volt:pod:${pod}`, ...consent };
      expect((await call(tool, args)).structured.error?.code).toBe('confirmation_invalid');
      const own = { pod: `volt:pod:${one}`, ...consent };
      expect((await call('stop_pod', own)).structured.error?.code).toBe('confirmation_invalid');
    }
    expect(writes()).toEqual([]);
  });

  it.skipIf(isModern())('is refused in another session, and void in its own from then on', async () => {
    const { call, again, connect, writes } = await ordered();
    const { call: steal } = await connect();
    expect((await steal('create_pod', again)).structured.error?.code).toBe('confirmation_invalid');
    expect((await call('create_pod', again)).structured.error?.code).toBe('confirmation_invalid');
    expect(writes()).toEqual([]);
  });

  it('is refused after ten minutes', async () => {
    const { call, again, world, writes } = await ordered();
    world.clock.advance(11 * 60);
    const late = await call('create_pod', again);
    expect(late.structured.error?.code).toBe('confirmation_invalid');
    expect(late.structured.error?.message).toContain(SAYS.void_expired);
    expect(writes()).toEqual([]);
  });

  it('is refused with a token that nobody issued or that is no text, and counts as left out if it is blank', async () => {
    const { call, writes } = await startHarness();
    for (const [confirmation_token, code] of [
      ['made-up', 'confirmation_invalid'],
      ['0.39', 'confirmation_invalid'],
      ['x'.repeat(500), 'confirmation_invalid'],
      [12, 'invalid_input'],
      [true, 'invalid_input'],
      [['a'], 'invalid_input'],
      ['', undefined],
      [null, undefined],
    ] as const) {
      const { structured } = await call('create_pod', { ...VOLT_POD, confirmation_token });
      expect(structured.error?.code, String(confirmation_token)).toBe(code);
      if (code === undefined) expect(structured.confirmation?.token).toHaveLength(24);
    }
    expect(writes()).toEqual([]);
  });

  it('is refused when the tool asks nobody', async () => {
    const { call } = await startHarness();
    const { structured } = await call('list_pods', { confirmation_token: 'x' });
    expect(structured.error?.code).toBe('invalid_input');
  });
});

describe('a change since the plan was shown', () => {
  it('sends nothing when the price rose, and returns a new plan with a new token', async () => {
    const { call, again, world, writes } = await ordered();
    world.prices.set('volt', RATE, 3.9);
    const moved = await call('create_pod', again);
    expect(moved.isError).toBe(false);
    expect(moved.structured).toMatchObject({
      status: 'confirmation_required',
      plan: { cost: { usd_per_hour: 3.9 }, challenge: '3.90' },
      changes: [CHANGE_SAYS.change(CHANGE_SAYS.hourly, '$0.39', '$3.90')],
    });
    expect(writes()).toEqual([]);
    const fresh = { ...VOLT_POD, ...consentOf(moved) };
    expect((await call('create_pod', again)).structured.error?.code).toBe('confirmation_invalid');
    expect((await call('create_pod', fresh)).structured.status).toBe('done');
  });

  it('orders a Targon pod at the price that fell, not at the one that was shown', async () => {
    const { call, world, writes } = await startHarness();
    const order = {
      machine: 'volt:machine:mach_h200_targon_01',
      name: 'enclave',
      resource_name: 'h200-small',
      image: 'vllm/vllm-openai:v0.8.0',
    };
    const consent = consentOf(await call('create_pod', order));
    world.prices.set('volt', 'mach_h200_targon_01', 2.1);
    expect((await call('create_pod', { ...order, ...consent })).structured.status).toBe('done');
    expect(JSON.parse(writes()[0]?.body ?? '')).toMatchObject({ cost_per_hour: 2.1 });
  });

  it('sends nothing when the pod was renamed', async () => {
    const { call, world, writes } = await startHarness();
    const id = world.addPod('volt', { name: 'scratch' });
    const args = { pod: `volt:pod:${id}` };
    const consent = consentOf(await call('delete_pod', args));
    for (const pod of world.volt.pods) pod.name = 'production';
    const moved = await call('delete_pod', { ...args, ...consent });
    expect(moved.structured).toMatchObject({
      status: 'confirmation_required',
      plan: { challenge: 'production' },
    });
    expect(writes()).toEqual([]);
  });
});

it('submits a job once for one token, at the price that was shown at most', async () => {
  const { call, world, writes } = await startHarness();
  const consent = consentOf(await call('submit_finetune', TEXT_JOB));
  expect(world.ledger.entries).toEqual([]);
  const args = { ...TEXT_JOB, ...consent };
  const ends = [await call('submit_finetune', args), await call('submit_finetune', args)];
  expect(ends.map(({ structured }) => structured.status)).toEqual(['done', 'done']);
  expect(ends.map(({ structured }) => 'repeated' in structured)).toEqual([false, true]);
  expect(writes()).toHaveLength(1);
  expect(world.ledger.entries).toMatchObject([{ kind: 'debit', usd: 55.5 }]);
});

/** The rest of the arguments, unless the change is a whole order of its own. */
function pick(order: Record<string, unknown>, change: Record<string, unknown>): Record<string, unknown> {
  return 'image' in change
    ? {}
    : Object.fromEntries(Object.entries(order).filter(([name]) => !(name in change)));
}
