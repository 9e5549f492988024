import { describe, expect, it, vi } from 'vitest';
import { runMaintenance } from '../../src/engine/maintenance.ts';
import { LEASE_SAYS, RECOVERY_SAYS, SAYS } from '../../src/gate/messages.ts';
import { refsIn } from '../facts.ts';
import { auditOf } from '../gate/audit-lines.ts';
import { TEXT_JOB, VOLT_POD } from '../harness.ts';
import { HOUR, stops } from './leased.ts';
import { crash, PATIENCE, requestsOf, spendOf, stageFor, type TestStage } from './stages.ts';

const WITH_LEASE = { ...VOLT_POD, max_lifetime_hours: 1 };
const posts = (stage: TestStage) => requestsOf(stage, 'volt', 'POST', /^\/pods$/);
/** A question without its line breaks. */
const unwrapped = (question = ''): string => question.replace(/\s+/g, ' ');
const leasesOf = (stage: TestStage) => stage.runtime.gate.store.leases.all();

/** An order whose reply was lost and of which the cloud did nothing. */
async function lose(stage: TestStage, tool: string, args: Record<string, unknown>): Promise<void> {
  const path = tool === 'create_pod' ? '/pods' : '/fine-tuning';
  stage.world.faults.add({ cloud: 'volt', method: 'POST', path, kind: 'drop_before' });
  const { structuredContent } = await stage.call(tool, args);
  expect(structuredContent.error).toMatchObject({ code: 'outcome_unknown' });
}

/** Hours of maintenance, in which no pod may be stopped and nothing be claimed. */
async function liveOn(stage: TestStage): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await runMaintenance(stage.runtime);
    stage.world.clock.advance(HOUR);
  }
  expect(stops(stage)).toEqual([]);
  expect((await auditOf(stage.stateDir)).map(({ outcome }) => outcome)).not.toContain('recovered');
}

describe('the lease of an order that failed', () => {
  it('never goes to the pod of the next order of that name, also while that one waits for its reply', async () => {
    const stage = await stageFor();
    await lose(stage, 'create_pod', WITH_LEASE);
    stage.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'hang' });
    void stage.call('create_pod', VOLT_POD);
    await vi.waitFor(() => expect(posts(stage)).toHaveLength(2), PATIENCE);
    stage.world.addPod('volt', { name: 'trainer' });
    await runMaintenance(stage.runtime);
    expect(await leasesOf(stage)).toEqual([]);
    await liveOn(stage);
  });

  it('never goes to the pod of an order of another server, whichever of them reconciles', async () => {
    const one = await stageFor();
    const two = await stageFor({ beside: one });
    await lose(one, 'create_pod', WITH_LEASE);
    expect((await two.call('create_pod', VOLT_POD)).structuredContent.status).toBe('done');
    await runMaintenance(two.runtime);
    await liveOn(one);
    expect(await leasesOf(one)).toEqual([]);
  });

  it('never stops a pod that somebody made in the dashboard: it is a reminder, and says whose it may be', async () => {
    const stage = await stageFor();
    await lose(stage, 'create_pod', WITH_LEASE);
    stage.world.addPod('volt', { name: 'trainer' });
    for (let round = 0; round < 3; round += 1) {
      await runMaintenance(stage.runtime);
      stage.world.clock.advance(HOUR);
    }
    expect(stops(stage)).toEqual([]);
    expect(await leasesOf(stage)).toMatchObject([{ kind: 'reminder' }]);
    expect(stage.warnings.filter((text) => text.includes(LEASE_SAYS.may_be_another))).not.toEqual([]);
  });

  it('never goes to the pod that was ordered right after a kill and a restart', async () => {
    const dead = await stageFor();
    await crash(dead, 'create_pod', WITH_LEASE);
    const next = await stageFor({ beside: dead });
    expect((await next.call('create_pod', VOLT_POD)).structuredContent.status).toBe('done');
    expect(await leasesOf(next)).toEqual([]);
    await liveOn(next);
    expect(posts(next)).toHaveLength(2);
  });

  it('never goes to the pod of a server that ran all along, when a third one recovers the order', async () => {
    const dead = await stageFor();
    const running = await stageFor({ beside: dead });
    await running.runtime.recover();
    await crash(dead, 'create_pod', WITH_LEASE);
    const refused = await running.call('create_pod', VOLT_POD);
    expect(refused.structuredContent.error).toMatchObject({ code: 'wrong_state' });
    const third = await stageFor({ beside: dead });
    await third.runtime.recover();
    expect((await running.call('create_pod', VOLT_POD)).structuredContent.status).toBe('done');
    await liveOn(third);
    expect(await leasesOf(third)).toEqual([]);
  });
});

describe('a pod that bears the name of an order whose reply was lost', () => {
  /** Another's pod appears while the order is being sent; then the time for its reply is up. */
  async function meet(pod: { gpu_count?: number; machine_id?: string }) {
    const stage = await stageFor();
    stage.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'hang' });
    const lost = stage.call('create_pod', WITH_LEASE);
    await vi.waitFor(() => expect(posts(stage)).toHaveLength(1), PATIENCE);
    const id = stage.world.addPod('volt', { name: 'trainer', ...pod });
    stage.timeOut();
    const { structuredContent } = await lost;
    return { stage, ref: `volt:pod:${id}`, error: structuredContent.error };
  }

  it.each([
    ['has more GPUs', { machine_id: 'mach_a100_02', gpu_count: 2 }],
    ['is another machine', { machine_id: 'mach_h100_02' }],
    ['costs more', { machine_id: 'mach_rtx4090_02' }],
  ])('is no result of it if it %s: a candidate, without the lease', async (_how, pod) => {
    const { stage, ref, error } = await meet(pod);
    expect(error).toMatchObject({ code: 'outcome_unknown', candidates: [ref] });
    expect(await leasesOf(stage)).toEqual([]);
    await runMaintenance(stage.runtime);
    expect(await leasesOf(stage)).toEqual([]);
  });
});

describe('the next order of the same name', () => {
  it('is planned with what is known of the one whose reply was lost', async () => {
    const stage = await stageFor();
    const at = stage.runtime.now().toISOString();
    await lose(stage, 'create_pod', VOLT_POD);
    await stage.call('create_pod', VOLT_POD);
    expect(unwrapped(stage.asked.at(-1))).toContain(SAYS.unfinished.unresolved(at));
  });

  it('waits for the recovery after a kill, and names the pod that it found', async () => {
    const dead = await stageFor();
    await crash(dead, 'create_pod', VOLT_POD);
    const id = dead.world.addPod('volt', { name: 'trainer' });
    const next = await stageFor({ beside: dead, person: () => 'no' });
    await next.call('create_pod', VOLT_POD);
    expect(next.asked[0]).toContain(`volt:pod:${id}`);
    expect(next.warnings).toEqual([expect.stringContaining(`volt:pod:${id}`)]);
    expect(posts(next)).toHaveLength(1);
  });

  it('is planned again if the first one turns up while the person reads', async () => {
    const found: string[] = [];
    const stage: TestStage = await stageFor({
      person: (message) => {
        found.push(`volt:pod:${stage.world.addPod('volt', { name: 'trainer' })}`);
        return /Type "(.*)"/.exec(message)?.[1] ?? '';
      },
    });
    const { structuredContent } = await stage.call('create_pod', VOLT_POD);
    expect(structuredContent).toMatchObject({ status: 'confirmation_required' });
    expect(structuredContent.changes).toHaveLength(1);
    expect(refsIn(String(structuredContent.changes))).toEqual(found);
    expect(posts(stage)).toEqual([]);
  });

  it('of a job names the lost one, and the debit is booked once', async () => {
    const stage = await stageFor();
    const at = stage.runtime.now().toISOString();
    await lose(stage, 'submit_finetune', TEXT_JOB);
    const { structuredContent } = await stage.call('submit_finetune', TEXT_JOB);
    expect(structuredContent.status).toBe('done');
    expect(unwrapped(stage.asked.at(-1))).toContain(SAYS.unfinished.unresolved(at));
    stage.world.clock.advance(60);
    await runMaintenance(stage.runtime);
    const { last_30_days, notices } = await spendOf(stage);
    expect(last_30_days.debits_usd).toBe(55.5);
    expect(notices.filter((text) => text.includes('$55.50'))).toEqual([]);
  });
});

it('a pod that was found late counts once: an order that fits under the cap is not refused', async () => {
  const stage = await stageFor({ config: { GPU_MCP_MAX_USD_PER_HOUR: '0.8' } });
  const fault = { cloud: 'volt', method: 'POST', path: '/pods' } as const;
  stage.world.faults.add({ ...fault, kind: 'drop_after_commit' });
  stage.world.faults.add({ ...fault, kind: 'late_listing', seconds: 60 });
  const lost = await stage.call('create_pod', VOLT_POD);
  expect(lost.structuredContent.error).toMatchObject({ code: 'outcome_unknown' });
  stage.world.clock.advance(90);
  await runMaintenance(stage.runtime);
  expect(stage.warnings.at(-1)).toContain(RECOVERY_SAYS.went_through);
  const second = await stage.call('create_pod', { ...VOLT_POD, name: 'second' });
  expect(second.structuredContent.status).toBe('done');
  const third = await stage.call('create_pod', { ...VOLT_POD, name: 'third' });
  expect(third.structuredContent.error).toMatchObject({ code: 'over_limit' });
});
