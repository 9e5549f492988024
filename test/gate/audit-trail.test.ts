import { readdirSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { orderSchema } from '../../src/store/records.ts';
import { agrees, startHarness, TEXT_JOB, VOLT_POD } from '../harness.ts';
import { isModern } from '../revision.ts';
import { modeOf } from '../store/directory.ts';
import { auditOf } from './audit-lines.ts';

/** All orders, read in one go, so that it is what stood on disk at that very moment. */
const orderTexts = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.endsWith('/orders'))
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));

const openOrders = (texts: string[]) =>
  texts.map((text) => orderSchema.parse(JSON.parse(text))).filter(({ state }) => state !== 'closed');

describe('audit.jsonl', () => {
  it('has one line a gated call with who agreed and how it ended', async () => {
    let answer = '0.39';
    const { call, connect, stateDir, runtime, world } = await startHarness({
      elicit: () => answer,
      state: 'files',
    });
    const machine = await connect();
    const at = runtime.now().toISOString();
    const created = await call('create_pod', VOLT_POD);
    answer = 'no';
    await call('create_pod', VOLT_POD);
    const { structured } = await machine.call('create_pod', VOLT_POD);
    const confirmation_token = structured.confirmation?.token;
    const user_reply = structured.confirmation?.reply;
    await machine.call('create_pod', { ...VOLT_POD, confirmation_token, user_reply });
    await machine.call('create_pod', { ...VOLT_POD, confirmation_token: 'made-up', user_reply });
    await call('submit_finetune', { ...TEXT_JOB, hours: 40 });
    const lines = await auditOf(stateDir);
    expect(lines.map(({ tool, answer: by, outcome }) => [tool, by, outcome])).toEqual([
      ['create_pod', 'person', 'done'],
      ['create_pod', 'none', 'declined'],
      ['create_pod', 'none', 'asked_with_token'],
      ['create_pod', 'reported', 'done'],
      ['create_pod', 'none', 'confirmation_invalid'],
      ['submit_finetune', 'none', 'over_limit'],
    ]);
    expect(lines[0]).toEqual({
      order: expect.stringMatching(/^[\w-]{36}$/),
      at,
      session: isModern() ? 'none' : expect.stringMatching(/^[\w-]{36}$/),
      tool: 'create_pod',
      ref: created.structured.pod?.ref,
      summary: 'Rent 1 x RTX 4090 in US-East (Volt, lium) as pod "trainer".',
      usd_per_hour: 0.39,
      usd_upfront: 0,
      answer: 'person',
      outcome: 'done',
      sandbox: true,
    });
    expect(lines.at(-1)).toMatchObject({ usd_upfront: 1850, ref: null });
    expect(new Set(lines.map(({ session }) => session)).size).toBe(isModern() ? 1 : 2);
    expect(world.pods.list()).toHaveLength(2);
    expect([await modeOf(stateDir), await modeOf(join(stateDir, 'audit.jsonl'))]).toEqual(['700', '600']);
  });

  it('has no line for reads and for what nobody is asked about', async () => {
    const { call, stateDir } = await startHarness({ elicit: agrees, state: 'files' });
    await call('list_pods');
    await call('rename_ssh_key', { ssh_key: 'nebula:ssh_key:73', name: 'desk' });
    expect(await readdir(stateDir)).not.toContain('audit.jsonl');
  });

  it('has a line for a call that came to no plan', async () => {
    const { call, stateDir } = await startHarness({ elicit: agrees, state: 'files' });
    await call('delete_pod', { pod: 'volt:pod:pod_gone' });
    expect(await auditOf(stateDir)).toMatchObject([
      {
        tool: 'delete_pod',
        ref: 'volt:pod:pod_gone',
        answer: 'none',
        outcome: 'not_found',
        usd_per_hour: null,
      },
    ]);
  });

  it('names a result that was found after its reply was lost, and one that was not', async () => {
    const { call, stateDir, world, writes } = await startHarness({ elicit: agrees, state: 'files' });
    world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'drop_after_commit' });
    const found = await call('create_pod', VOLT_POD);
    expect(found.structured).toMatchObject({ status: 'done', reconciled: true });
    world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'drop_before' });
    expect((await call('create_pod', VOLT_POD)).structured.error?.code).toBe('outcome_unknown');
    expect((await auditOf(stateDir)).map(({ outcome }) => outcome)).toEqual([
      'done_reconciled',
      'outcome_unknown',
    ]);
    expect(writes()).toHaveLength(2);
  });

  it('names the plan that no longer held, although a person had agreed to it', async () => {
    const { call, stateDir, world } = await startHarness({
      state: 'files',
      elicit: (message, ...rest) => {
        world.prices.set('volt', 'mach_rtx4090_01', 5);
        return agrees(message, ...rest);
      },
    });
    await call('create_pod', VOLT_POD);
    expect(await auditOf(stateDir)).toMatchObject([
      { answer: 'person', outcome: 'changed', usd_per_hour: 5 },
    ]);
  });
});

describe('an order', () => {
  it('is on disk before it reaches the cloud, and closed afterwards', async () => {
    const { call, stateDir, world } = await startHarness({ elicit: agrees, state: 'files' });
    const onDisk: string[][] = [];
    const { record } = world.requests;
    world.requests.record = (request) => {
      if (request.method === 'POST') onDisk.push(orderTexts(stateDir));
      return record(request);
    };
    await call('create_pod', VOLT_POD);
    expect(onDisk.map(openOrders)).toMatchObject([[{ tool: 'create_pod', input: { name: 'trainer' } }]]);
    expect(openOrders(orderTexts(stateDir))).toEqual([]);
  });

  it('is on disk even if it does not spend', async () => {
    const { call, stateDir, world } = await startHarness({ elicit: agrees, state: 'files' });
    const id = world.addPod('volt', {});
    const onDisk: string[][] = [];
    const { record } = world.requests;
    world.requests.record = (request) => {
      if (request.method === 'POST') onDisk.push(orderTexts(stateDir));
      return record(request);
    };
    await call('stop_pod', { pod: `volt:pod:${id}` });
    expect(onDisk.map(openOrders)).toMatchObject([[{ tool: 'stop_pod', target: `volt:pod:${id}` }]]);
    expect(openOrders(orderTexts(stateDir))).toEqual([]);
  });
});
