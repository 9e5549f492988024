import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LEASE_REMINDS } from '../../src/core/pods-shown.ts';
import { runMaintenance } from '../../src/engine/maintenance.ts';
import { LEASE_SAYS, RECOVERY_SAYS } from '../../src/gate/messages.ts';
import { createJob } from '../../src/sandbox/volt/jobs.ts';
import { STOPS_THE_POD } from '../../src/tools/pods/leases.ts';
import { auditOf } from '../gate/audit-lines.ts';
import { TEXT_JOB, VOLT_POD } from '../harness.ts';
import {
  crash,
  filesOf,
  openOrders,
  orphan,
  requestsOf,
  sendAndHang,
  spendOf,
  stageFor,
  type TestStage,
} from './stages.ts';

const HOUR = 3600;
const posts = (stage: Parameters<typeof requestsOf>[0]) => requestsOf(stage, 'volt', 'POST', /^\/pods$/);
/** How the audit log names the last outcome. */
const lastOutcome = async (stage: TestStage) => (await auditOf(stage.stateDir)).at(-1)?.outcome;

describe('an order that a killed server left open', () => {
  it('is found by reading, reported on stderr and in the first get_spend, closed and audited', async () => {
    const dead = await stageFor();
    await crash(dead, 'create_pod', VOLT_POD);
    const id = dead.world.addPod('volt', { name: 'trainer' });
    const next = await stageFor({ beside: dead });
    const spend = await spendOf(next);
    expect(spend.notices).toEqual([expect.stringContaining(`volt:pod:${id}`)]);
    expect(next.warnings).toEqual(spend.notices);
    expect(posts(next)).toHaveLength(1);
    expect(await openOrders(next)).toEqual([]);
    expect((await auditOf(next.stateDir)).at(-1)).toMatchObject({
      tool: 'create_pod',
      ref: `volt:pod:${id}`,
      answer: 'earlier',
      outcome: 'recovered',
      usd_per_hour: 0.39,
    });
    expect((await spendOf(next)).notices).toHaveLength(1);
  });

  it('is reported as not seen, watched for a quarter of an hour, and then given up with a notice', async () => {
    const dead = await stageFor();
    await crash(dead, 'create_pod', VOLT_POD);
    const next = await stageFor({ beside: dead });
    const [first] = (await spendOf(next)).notices;
    expect(first).toContain(RECOVERY_SAYS.keeps_checking);
    await runMaintenance(next.runtime);
    expect(await openOrders(next)).toHaveLength(1);
    next.world.clock.advance(HOUR / 4);
    await runMaintenance(next.runtime);
    expect((await spendOf(next)).notices).toEqual([
      first,
      expect.not.stringContaining(RECOVERY_SAYS.keeps_checking),
    ]);
    expect(await lastOutcome(next)).toBe('not_seen');
    expect(await openOrders(next)).toEqual([]);
    expect(posts(next)).toHaveLength(1);
  });

  it('is reported when the cloud lists it only minutes later', async () => {
    const dead = await stageFor();
    await crash(dead, 'create_pod', VOLT_POD);
    const next = await stageFor({ beside: dead });
    await next.runtime.recover();
    const id = next.world.addPod('volt', { name: 'trainer' });
    await runMaintenance(next.runtime);
    expect(next.warnings.at(-1)).toContain(`volt:pod:${id}`);
    expect(await lastOutcome(next)).toBe('recovered');
    expect(await openOrders(next)).toEqual([]);
  });

  it('stays open while the cloud cannot be read, also over another start, and is found once it can', async () => {
    const dead = await stageFor();
    await crash(dead, 'create_pod', VOLT_POD);
    dead.world.faults.add({ cloud: 'volt', method: 'GET', kind: 'error_before', status: 503, times: 1000 });
    const second = await stageFor({ beside: dead });
    await second.runtime.recover();
    expect(second.warnings).toHaveLength(1);
    dead.world.clock.advance(HOUR);
    await runMaintenance(second.runtime);
    expect(await openOrders(second)).toHaveLength(1);
    dead.world.faults.clear();
    const id = dead.world.addPod('volt', { name: 'trainer' });
    await runMaintenance(second.runtime);
    expect(second.warnings.at(-1)).toContain(`volt:pod:${id}`);
    expect(await lastOutcome(second)).toBe('recovered');
  });

  it('is reported and audited, once, when the kill fell between its end and its reply', async () => {
    const dead = await stageFor();
    await dead.call('create_pod', VOLT_POD);
    const [path = ''] = (await filesOf(dead, /^[0-9a-f]{24}\.json$/)).filter((one) =>
      one.includes('/orders/'),
    );
    const [line] = await auditOf(dead.stateDir);
    const order = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...order, line }));
    await rm(join(dead.stateDir, 'audit.jsonl'));
    await orphan(path, /\.json$/, '.999999999-left.claim');
    const next = await stageFor({ beside: dead });
    expect((await spendOf(next)).notices).toEqual([
      RECOVERY_SAYS.ended_after('create_pod', order.at, 'done', order.ref),
    ]);
    expect(await auditOf(next.stateDir)).toMatchObject([{ tool: 'create_pod', outcome: 'done' }]);
    const third = await stageFor({ beside: dead });
    expect((await spendOf(third)).notices).toHaveLength(1);
    expect(third.warnings).toEqual([]);
    expect(await auditOf(third.stateDir)).toHaveLength(1);
  });

  it('is found even if its name has the form of a key', async () => {
    const dead = await stageFor();
    await crash(dead, 'create_pod', { ...VOLT_POD, name: 'volt_trainer', max_lifetime_hours: 2 });
    const id = dead.world.addPod('volt', { name: 'volt_trainer' });
    const next = await stageFor({ beside: dead });
    const { notices } = await spendOf(next);
    expect(notices[0]).toContain(`volt:pod:${id}`);
    expect(await next.runtime.gate.store.leases.all()).toMatchObject([{ kind: 'reminder' }]);
    expect(notices[0]).not.toContain(STOPS_THE_POD);
    expect(notices[0]).toContain(LEASE_REMINDS);
    expect((await spendOf(next)).pods).toMatchObject([{ note: expect.stringContaining('reminder') }]);
  });

  it('is closed once and keeps its reminder when its audit line cannot be written', async () => {
    const dead = await stageFor();
    await crash(dead, 'create_pod', { ...VOLT_POD, max_lifetime_hours: 2 });
    const id = dead.world.addPod('volt', { name: 'trainer' });
    await mkdir(join(dead.stateDir, 'audit.jsonl'));
    const next = await stageFor({ beside: dead });
    await next.runtime.recover();
    expect(next.warnings).toEqual([
      expect.stringContaining('create_pod'),
      expect.stringContaining(`volt:pod:${id}`),
    ]);
    expect(await next.runtime.gate.store.leases.all()).toMatchObject([{ kind: 'reminder' }]);
    await runMaintenance(next.runtime);
    expect(await openOrders(next)).toEqual([]);
    expect(next.warnings).toHaveLength(2);
  });

  it('is found although it is noted as its own result already', async () => {
    const dead = await stageFor();
    const left = await crash(dead, 'create_pod', VOLT_POD);
    const ref = `volt:pod:${dead.world.addPod('volt', { name: 'trainer' })}`;
    const order = JSON.parse(await readFile(left, 'utf8'));
    const noted = { state: 'unresolved', settled: order.made, outcome: 'recovered', took_effect: true, ref };
    await writeFile(left, JSON.stringify({ ...order, ...noted }));
    const next = await stageFor({ beside: dead });
    await next.runtime.recover();
    expect(next.warnings.at(-1)).toContain(ref);
    expect(await openOrders(next)).toEqual([]);
  });

  it('keeps the lease that was stored before the server was killed, which is a stop', async () => {
    const dead = await stageFor();
    await crash(dead, 'create_pod', { ...VOLT_POD, max_lifetime_hours: 2 });
    const ref = `volt:pod:${dead.world.addPod('volt', { name: 'trainer' })}`;
    const next = await stageFor({ beside: dead });
    const { leases } = next.runtime.gate.store;
    await leases.add({ ref, name: 'trainer', ends_at: '2026-03-28T15:00:00.000Z' });
    await next.runtime.recover();
    expect(await leases.all()).toMatchObject([{ ref, kind: 'stop', ends_at: '2026-03-28T15:00:00.000Z' }]);
    expect(next.warnings).toContainEqual(
      RECOVERY_SAYS.lease_kept({ ref, ends_at: '2026-03-28T15:00:00.000Z' }),
    );
  });

  it.each([0, 5])('lifts and changes no lease when it was a change of a pod (hours: %i)', async (hours) => {
    const dead = await stageFor();
    const ref = `volt:pod:${dead.world.addPod('volt', { name: 'trainer' })}`;
    const { leases } = dead.runtime.gate.store;
    await leases.add({ ref, name: 'trainer', ends_at: '2026-03-28T15:00:00.000Z' });
    await crash(dead, 'update_pod', { pod: ref, name: 'other', max_lifetime_hours: hours });
    dead.world.faults.clear();
    const next = await stageFor({ beside: dead });
    const { baseUrl, apiKey } = dead.sandbox.volt;
    await fetch(`${baseUrl}/pods/${ref.split(':').at(-1)}`, {
      method: 'PUT',
      headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'other' }),
    });
    await next.runtime.recover();
    expect(next.warnings.join()).toContain(ref);
    expect(await leases.all()).toMatchObject([{ ref, kind: 'stop', ends_at: '2026-03-28T15:00:00.000Z' }]);
  });

  it('is reported and not booked when it was a job, because it may be another’s', async () => {
    const dead = await stageFor();
    await crash(dead, 'submit_finetune', TEXT_JOB);
    const { name, model, hours, dataset_repo: dsRepo } = TEXT_JOB;
    createJob(dead.world, { taskType: 'text', name, model, dsRepo, hours }, 0);
    const next = await stageFor({ beside: dead });
    const spend = await spendOf(next);
    expect(spend.notices[0]).toContain('$55.50');
    expect(spend.last_30_days.debits_usd).toBe(0);
  });

  it('is not matched to one of several candidates', async () => {
    const dead = await stageFor();
    await crash(dead, 'create_pod', VOLT_POD);
    const ids = [1, 2].map(() => dead.world.addPod('volt', { name: 'trainer' }));
    const next = await stageFor({ beside: dead });
    const [notice] = (await spendOf(next)).notices;
    for (const id of ids) expect(notice).toContain(`volt:pod:${id}`);
  });

  it('is found beside a file that is no record, which is reported', async () => {
    const dead = await stageFor();
    const left = await crash(dead, 'create_pod', VOLT_POD);
    await writeFile(left.replace(/[0-9a-f]{24}\..*$/, `${'0'.repeat(24)}.json`), '{"id":"torn","tool":"crea');
    const id = dead.world.addPod('volt', { name: 'trainer' });
    const next = await stageFor({ beside: dead });
    const expected = [expect.stringContaining(`volt:pod:${id}`), expect.stringContaining('0'.repeat(24))];
    expect((await spendOf(next)).notices.toSorted()).toEqual(expected);
    const third = await stageFor({ beside: dead });
    expect((await spendOf(third)).notices.toSorted()).toEqual(expected);
    expect(third.warnings).toEqual(expected.slice(1));
  });

  it.each([
    ['came', { NEBULA_API_KEY: ' ' }, {}],
    ['went', {}, { NEBULA_API_KEY: ' ' }],
  ])('is found although the key of the other cloud %s since', async (_what, before, after) => {
    const dead = await stageFor({ config: before });
    await crash(dead, 'create_pod', VOLT_POD);
    const id = dead.world.addPod('volt', { name: 'trainer' });
    const next = await stageFor({ beside: dead, config: after });
    expect((await spendOf(next)).notices).toEqual([expect.stringContaining(`volt:pod:${id}`)]);
  });

  it('is not found by the server of another account', async () => {
    const dead = await stageFor();
    const left = await crash(dead, 'create_pod', VOLT_POD);
    const before = await readFile(left, 'utf8');
    const other = await stageFor({ beside: dead, config: { VOLT_API_KEY: 'volt_another_account' } });
    await other.runtime.recover();
    expect(other.warnings).toEqual([]);
    expect(await readFile(left, 'utf8')).toBe(before);
  });
});

describe('two servers on one state directory', () => {
  it('leave each other alone: an order in flight in one is no business of the other', async () => {
    const one = await stageFor();
    await sendAndHang(one, 'create_pod', VOLT_POD);
    const two = await stageFor({ beside: one });
    await two.runtime.recover();
    expect(two.warnings).toEqual([]);
    const made = await two.call('create_pod', { ...VOLT_POD, name: 'other' });
    expect(made.structuredContent.status).toBe('done');
    expect(await openOrders(two)).toMatchObject([{ tool: 'create_pod', input: { name: 'trainer' } }]);
  });
});

describe('an order whose reply was lost, in a server that runs on', () => {
  it('is not matched to the thing of a later order of the same name', async () => {
    const stage = await stageFor();
    stage.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'drop_before' });
    const lost = await stage.call('create_pod', { ...VOLT_POD, max_lifetime_hours: 1 });
    expect(lost.structuredContent.error).toMatchObject({ code: 'outcome_unknown', candidates: [] });
    const again = await stage.call('create_pod', VOLT_POD);
    expect(again.structuredContent.status).toBe('done');
    await runMaintenance(stage.runtime);
    expect(stage.warnings).toEqual([]);
    expect(await stage.runtime.gate.store.leases.all()).toEqual([]);
    expect(await openOrders(stage)).toHaveLength(1);
  });

  it('gets a reminder, counted from the order, and never a stop when it turns up late', async () => {
    const stage = await stageFor();
    stage.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'drop_after_commit' });
    stage.world.faults.add({
      cloud: 'volt',
      method: 'POST',
      path: '/pods',
      kind: 'late_listing',
      seconds: 120,
    });
    const ordered = stage.world.clock.now();
    await stage.call('create_pod', { ...VOLT_POD, max_lifetime_hours: 1 });
    stage.world.clock.advance(180);
    await runMaintenance(stage.runtime);
    expect(await stage.runtime.gate.store.leases.all()).toMatchObject([
      { name: 'trainer', kind: 'reminder', ends_at: new Date(ordered + HOUR * 1000).toISOString() },
    ]);
    stage.world.clock.advance(2 * HOUR);
    await runMaintenance(stage.runtime);
    expect(requestsOf(stage, 'volt', 'POST', /stop$/)).toEqual([]);
    expect(stage.warnings.at(-1)).toContain(LEASE_SAYS.may_be_another);
    expect(posts(stage)).toHaveLength(1);
  });
});
