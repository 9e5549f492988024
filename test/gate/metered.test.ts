import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import { runMaintenance } from '../../src/engine/maintenance.ts';
import { ALLOWANCE_CALLS, ALLOWANCE_MS, allowanceKey } from '../../src/gate/allowance.ts';
import { RECOVERY_SAYS } from '../../src/gate/messages.ts';
import { crash, openOrders, spendOf, stageFor } from '../engine/stages.ts';
import { numbersIn } from '../facts.ts';
import { agrees, challengeOf, consentOf, startHarness } from '../harness.ts';
import { auditOf } from './audit-lines.ts';
import { byToken, gateBench } from './bench.ts';
import { planned } from './fixtures.ts';

const TEXT = { model: 'meta-llama/Llama-3.3-70B-Instruct', prompt: 'Hi' };
const EMBED = { model: 'BAAI/bge-large-en-v1.5', input: ['hello'] };
const DAY_S = ALLOWANCE_MS / 1000;

describe('a day of metered calls, allowed by a person', () => {
  it('is asked for once, covers every metered tool, and ends after 24 hours', async () => {
    const { call, asked, writes, world, stateDir } = await startHarness({ elicit: agrees });
    const first = await call('generate_text', TEXT);
    expect(first.structured.text, first.text).toContain('Sandbox answer');
    expect(numbersIn(asked[0]?.split('\n')[0])).toEqual([ALLOWANCE_CALLS, 24]);
    expect(challengeOf(asked[0] ?? '')).toBe(`allow ${ALLOWANCE_CALLS} calls`);
    expect(asked[0]).toContain(TEXT.model);
    expect(asked[0]?.replaceAll('\n ', '')).toContain('2026-03-29 14:00 UTC');
    expect((await call('embed_text', EMBED)).isError).toBe(false);
    const { structured, text } = await call('get_spend');
    expect(structured.spend?.allowances).toEqual([
      {
        cloud: 'nebula',
        usd_left: 1,
        calls_left: ALLOWANCE_CALLS - 2,
        ends_at: '2026-03-29T14:00:00.000Z',
        granted_by: 'a person',
      },
    ]);
    expect(numbersIn(text)).toContain(ALLOWANCE_CALLS - 2);
    expect([asked.length, writes().length]).toEqual([1, 2]);
    expect((await auditOf(stateDir)).map(({ tool, answer, outcome }) => [tool, answer, outcome])).toEqual([
      ['generate_text', 'person', 'done'],
      ['embed_text', 'allowance', 'done'],
    ]);
    world.clock.advance(DAY_S);
    expect((await call('get_spend')).structured.spend?.allowances ?? []).toEqual([]);
    await call('embed_text', EMBED);
    expect(asked).toHaveLength(2);
  });

  it('is audited by the full name of the model, without the prompt, even if that has the form of a ref', async () => {
    const { call, stateDir } = await startHarness({ elicit: agrees, state: 'files' });
    await call('embed_text', EMBED);
    const prompt = 'patient:mrs_smith: diagnosis 4711';
    expect((await call('generate_text', { model: 'llama3.3-70b', prompt })).isError).toBe(false);
    const [, covered] = await auditOf(stateDir);
    expect(covered).toMatchObject({ tool: 'generate_text', ref: null });
    expect(covered?.summary).toContain(TEXT.model);
    expect(JSON.stringify(covered)).not.toContain('patient');
  });

  it('is for as many calls as were agreed to, those of other processes included', async () => {
    const { call, asked, runtime } = await startHarness({ elicit: agrees });
    await call('embed_text', EMBED);
    const { store } = runtime.gate;
    // What another process with the same state has used.
    const key = allowanceKey('local', 'nebula', runtime.gate);
    for (let used = 1; used < ALLOWANCE_CALLS; used += 1) {
      expect(await store.allowances.draw(key, { usd: 0, calls: 1 }, ['person'])).not.toBeNull();
    }
    await call('embed_text', EMBED);
    expect(asked).toHaveLength(2);
    expect(await store.allowances.find(key)).toMatchObject({ calls: ALLOWANCE_CALLS - 1 });
  });

  it('is granted by nobody who declines, nor by a host that answers by itself', async () => {
    const decline = () => ({ action: 'decline' as const });
    for (const isHasty of [true, false]) {
      const { call, asked, writes, runtime } = await startHarness({ elicit: decline, isHasty });
      const { structured } = await call('embed_text', EMBED);
      expect(structured.error?.code).toBe(isHasty ? 'confirmation_required' : 'declined');
      expect(structured.confirmation).toBeUndefined();
      await call('embed_text', EMBED);
      expect([asked.length, writes()]).toEqual([2, []]);
      expect((await call('get_spend')).structured.spend?.allowances ?? []).toEqual([]);
      await runtime.gate.store.close();
    }
  });

  it('counts a call whose reply was lost, and gives back one that the cloud refused', async () => {
    const { call, world } = await startHarness({ elicit: agrees });
    const left = async () => (await call('get_spend')).structured.spend?.allowances?.[0]?.calls_left;
    await call('embed_text', EMBED);
    world.faults.add({ cloud: 'inference', kind: 'drop_after_commit', times: 1 });
    expect((await call('embed_text', EMBED)).structured.error?.code).toBe('outcome_unknown');
    expect(await left()).toBe(48);
    const unknown = await call('embed_text', { ...EMBED, model: 'nobody/nothing' });
    expect(unknown.structured.error?.code).toBe('not_found');
    expect(await left()).toBe(48);
  });

  it('asks nobody about a model that the cloud does not list, nor about arguments that do not fit', async () => {
    const { call, asked, writes } = await startHarness({ elicit: agrees });
    const unknown = await call('generate_text', { ...TEXT, model: 'nobody/nothing' });
    expect(unknown.structured.error).toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('model: '),
      hint: expect.stringContaining('list_models'),
    });
    expect((await call('generate_text', { model: TEXT.model })).structured.error?.code).toBe('invalid_input');
    expect([asked, writes()]).toEqual([[], []]);
  });
});

describe('a day of metered calls, allowed by a token', () => {
  it('needs the words of the user, and is granted once a day', async () => {
    const { call, world, writes, stateDir, runtime } = await startHarness();
    const plan = await call('embed_text', EMBED);
    const consent = consentOf(plan);
    expect(consent.user_reply).toBe('allow 50 calls');
    const { confirmation_token } = consent;
    expect((await call('embed_text', { ...EMBED, confirmation_token })).structured.error?.code).toBe(
      'confirmation_invalid',
    );
    expect((await call('embed_text', { ...EMBED, ...consent })).isError).toBe(false);
    const again = await call('embed_text', { ...EMBED, ...consent });
    expect(again.structured.repeated).toBe(true);
    const { store } = runtime.gate;
    const key = allowanceKey('local', 'nebula', runtime.gate);
    for (let used = 1; used < ALLOWANCE_CALLS; used += 1)
      await store.allowances.draw(key, { usd: 0, calls: 1 }, ['reported']);
    expect(writes()).toHaveLength(1);
    const refused = await call('embed_text', EMBED);
    expect(refused.structured).toMatchObject({
      error: { code: 'confirmation_required', message: expect.stringContaining('2026-03-29T14:00') },
      plan: { action: 'embed_text' },
    });
    expect(refused.structured.confirmation).toBeUndefined();
    world.clock.advance(DAY_S);
    expect(consentOf(await call('embed_text', EMBED)).user_reply).toBe('allow 50 calls');
    expect((await auditOf(stateDir)).filter(({ answer }) => answer === 'reported')).toHaveLength(1);
  });

  it('does not count if a person has to be asked', async () => {
    const before = await startHarness();
    await before.call('embed_text', { ...EMBED, ...consentOf(await before.call('embed_text', EMBED)) });
    before.runtime.gate.mode = 'human';
    expect((await before.call('embed_text', EMBED)).structured.error?.code).toBe('confirmation_required');
    expect((await before.call('get_spend')).structured.spend?.allowances ?? []).toEqual([]);
  });
});

describe('a paid result', () => {
  it('is kept in a private file for a week', async () => {
    const { call, world, runtime, stateDir } = await startHarness({ elicit: agrees });
    const { text } = await call('embed_text', EMBED);
    const results = join(stateDir, 'results');
    const [name = ''] = await readdir(results);
    expect(text).toContain(join(results, name));
    expect((await stat(join(results, name))).mode & 0o777).toBe(0o600);
    await call('download_invoice', { invoice: 'nebula:invoice:401' });
    world.clock.advance(6.9 * DAY_S);
    await runMaintenance(runtime);
    expect(await readdir(results)).toEqual([name]);
    world.clock.advance(0.1 * DAY_S);
    await runMaintenance(runtime);
    expect(await readdir(results)).toEqual([]);
    expect(await readdir(join(stateDir, 'files'))).toHaveLength(1);
  });
});

describe('GPU_MCP_USE_ALLOWANCE_USD=0', () => {
  it('asks for each call', async () => {
    const { call, asked, writes } = await startHarness({
      elicit: agrees,
      config: { GPU_MCP_USE_ALLOWANCE_USD: '0' },
    });
    for (let at = 0; at < 2; at += 1) expect((await call('generate_text', TEXT)).isError).toBe(false);
    expect([asked.length, writes().length]).toEqual([2, 2]);
    expect(asked[0]?.split('\n')[0]).toContain('Llama-3.3-70B-Instruct');
    expect(challengeOf(asked[0] ?? '')).toBe('allow 1 call');
    expect((await call('get_spend')).structured.spend?.allowances ?? []).toEqual([]);
  });
});

describe('the modes and caps', () => {
  it.each([
    [{ GPU_MCP_CONFIRM: 'human' }, 'confirmation_required'],
    [{ GPU_MCP_CONFIRM: 'block' }, 'declined'],
    [{ GPU_MCP_MAX_JOB_USD: '0' }, 'over_limit'],
  ])('%j refuses with %s, shows the plan and sends nothing', async (config, code) => {
    const { call, writes } = await startHarness({ config });
    const { structured } = await call('embed_text', EMBED);
    expect(structured).toMatchObject({ error: { code }, plan: { action: 'embed_text' } });
    expect(writes()).toEqual([]);
  });

  it('--confirm token: a token alone allows them, and a person is asked nothing', async () => {
    const { call, asked, writes } = await startHarness({
      elicit: agrees,
      config: { GPU_MCP_CONFIRM: 'token' },
    });
    const plan = await call('embed_text', EMBED);
    const confirmation_token = plan.structured.confirmation?.token;
    expect((await call('embed_text', { ...EMBED, confirmation_token })).isError).toBe(false);
    expect((await call('embed_text', EMBED)).isError).toBe(false);
    expect([asked, writes().length]).toEqual([[], 2]);
  });
});

describe('a call whose price is known', () => {
  const use = (usd: number) => ({
    tool: 'generate_text',
    effect: 'use' as const,
    input: { model: 'm' },
    name: null,
    metered: { cloud: 'volt', model: 'm', usd },
    plan: async () =>
      planned({ adds: { usd_per_hour: 0, usd_upfront: usd, pods: 0 }, facts: { model: 'm' } }),
  });
  const typed = (text: string) => ({ reply: { kind: 'typed' as const, text } });

  it('reserves its price, and gives back what the reply says it did not cost', async () => {
    const { pass, seen, audited, gate } = gateBench(typed('1.00'));
    const cost = (usd: number) => ({ run: async () => ({ done: null, usd }) });
    expect(await pass({ ...use(0.4), ...cost(0.1) })).toMatchObject({ kind: 'done' });
    for (const paid of [0.4, 0.4]) await pass({ ...use(0.4), ...cost(paid) });
    const made = ['open generate_text', 'close done null'];
    expect(seen).toEqual(['ask 1.00', ...made, ...made, ...made]);
    const key = allowanceKey('anna', 'volt', gate);
    expect((await gate.store.allowances.find(key))?.usd).toBeCloseTo(0.1);
    await pass({ ...use(0.4), ...cost(0.4) });
    expect(seen.filter((one) => one.startsWith('ask'))).toHaveLength(2);
    expect(audited.map(({ answer, usd_upfront }) => [answer, usd_upfront])).toEqual([
      ['person', 0.1],
      ['allowance', 0.4],
      ['allowance', 0.4],
      ['person', 0.4],
    ]);
  });

  it('above the allowance is agreed to by itself, and above a cap not at all', async () => {
    const { pass, seen, refusal, gate } = gateBench(typed('3.00'));
    expect(await pass(use(3))).toMatchObject({ kind: 'done' });
    expect(await pass(use(3))).toMatchObject({ kind: 'done' });
    expect(seen.filter((one) => one.startsWith('ask'))).toHaveLength(2);
    gate.caps = { ...gate.caps, max_job_usd: 2 };
    expect((await refusal(use(3))).code).toBe('over_limit');
  });

  it('is refused if it cannot be counted, and nothing is sent', async () => {
    const { gate, refusal, seen } = gateBench();
    gate.store = {
      ...gate.store,
      allowances: { ...gate.store.allowances, draw: () => Promise.reject(new Error('disk full')) },
    };
    expect((await refusal(use(0.1))).code).toBe('upstream_error');
    expect(seen).toEqual([]);
  });

  it('that failed before it ran is given back, and its own error is reported', async () => {
    const { gate, handedOut, step } = gateBench();
    const failing = { ...use(0.4), run: () => Promise.reject(new GpuError('insufficient_funds', 'no')) };
    const { token } = await handedOut(failing);
    expect(await step(byToken(token, '1.00'), failing)).toMatchObject({
      kind: 'refused',
      error: { code: 'insufficient_funds' },
    });
    expect(await gate.store.allowances.find(allowanceKey('anna', 'volt', gate))).toMatchObject({ usd: 1 });
  });
});

it('a metered call that a killed server left open is reported at once, without its prompt and without a request to the cloud', async () => {
  const dead = await stageFor();
  const prompt = 'a secret plan for the garden';
  await crash(dead, 'generate_text', { model: 'meta-llama/Llama-3.3-70B-Instruct', prompt });
  const [order] = await openOrders(dead);
  expect(order).toMatchObject({
    tool: 'generate_text',
    cloud: 'nebula',
    adds: { usd_per_hour: 0, pods: 0 },
  });
  expect(JSON.stringify(order)).not.toContain(prompt);
  const next = await stageFor({ beside: dead });
  const before = next.world.requests.length;
  await next.runtime.recover();
  expect(next.world.requests.length).toBe(before);
  const start = RECOVERY_SAYS.ended_during('generate_text', order?.at ?? '');
  expect(next.warnings).toEqual([RECOVERY_SAYS.ambiguous(start, RECOVERY_SAYS.metered, [])]);
  expect((await spendOf(next)).notices).toEqual(next.warnings);
  expect(await openOrders(next)).toEqual([]);
  expect((await auditOf(next.stateDir)).at(-1)).toMatchObject({
    tool: 'generate_text',
    answer: 'earlier',
    outcome: 'outcome_unknown',
  });
});
