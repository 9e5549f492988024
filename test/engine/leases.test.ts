import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { runMaintenance, startMaintenance } from '../../src/engine/maintenance.ts';
import { LEASE_SAYS } from '../../src/gate/messages.ts';
import { auditOf } from '../gate/audit-lines.ts';
import { NEBULA_POD, startHarness, VOLT_POD } from '../harness.ts';
import { HOUR, LEASE_END, leased, leaseOf, stateOf, stops } from './leased.ts';
import { crash, filesOf, PATIENCE, spendOf, stageFor } from './stages.ts';

describe('the plan of an order with a lease', () => {
  it.each([VOLT_POD, NEBULA_POD])('names how long it lasts: %j', async (pod) => {
    const { call } = await startHarness();
    const consequencesOf = async (hours: object) =>
      (await call('create_pod', { ...pod, ...hours })).structured.plan?.consequences ?? [];
    const without = await consequencesOf({});
    const added = (await consequencesOf({ max_lifetime_hours: 2 })).filter((line) => !without.includes(line));
    expect(added).toContainEqual(expect.stringContaining('2 h'));
  });
});

describe('a lease on Volt', () => {
  it('stops the pod once when it is over, and every surface shows it', async () => {
    const stage = await leased();
    stage.world.clock.advance(1.9 * HOUR);
    await runMaintenance(stage.runtime);
    expect(stops(stage)).toEqual([]);
    expect((await spendOf(stage)).pods[0]).toMatchObject({
      lease_ends_at: '2026-03-28T16:00:00.000Z',
    });
    stage.world.clock.advance(0.2 * HOUR);
    expect((await spendOf(stage)).pods[0]?.note).not.toBeNull();
    for (let round = 0; round < 3; round += 1) await runMaintenance(stage.runtime);
    stage.world.clock.advance(HOUR);
    await runMaintenance(stage.runtime);
    expect(stops(stage)).toHaveLength(1);
    expect(stateOf(stage)).toEqual(['stopped']);
    const { notices } = await spendOf(stage);
    expect(notices).toEqual([LEASE_SAYS.stopped(await leaseOf(stage))]);
    expect(stage.warnings).toEqual(notices);
    expect((await auditOf(stage.stateDir)).at(-1)).toMatchObject({
      tool: 'stop_pod',
      session: 'lease',
      answer: 'lease',
      outcome: 'done',
    });
    expect(await stage.runtime.gate.store.leases.all()).toEqual([]);
  });

  it('is acted on at the next start when no server ran when it ended', async () => {
    const first = await leased();
    first.world.clock.advance(30 * HOUR);
    const next = await stageFor({ beside: first });
    const maintenance = startMaintenance(next.runtime);
    await vi.waitFor(() => expect(next.warnings).toHaveLength(1), PATIENCE);
    await maintenance.stop();
    expect(stops(next)).toHaveLength(1);
  });

  it('is checked every 30 seconds while a server runs', async () => {
    const stage = await leased();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const maintenance = startMaintenance(stage.runtime);
      await stage.runtime.recover();
      stage.world.clock.advance(2 * HOUR);
      await vi.waitFor(() => {
        vi.advanceTimersByTime(30_000);
        expect(stateOf(stage)).not.toContain('running');
      }, PATIENCE);
      const stopped = maintenance.stop();
      expect(vi.getTimerCount()).toBe(0);
      await stopped;
      expect(maintenance.isBusy()).toBe(false);
    } finally {
      vi.useRealTimers();
    }
    expect(stops(stage)).toHaveLength(1);
    expect(await stage.runtime.gate.store.leases.all()).toEqual([]);
  });

  it('is not checked any more once maintenance was stopped, not even before its first round', async () => {
    const stage = await leased();
    stage.world.clock.advance(3 * HOUR);
    const maintenance = startMaintenance(stage.runtime);
    await maintenance.stop();
    await stage.runtime.recover();
    expect([maintenance.isBusy(), stops(stage)]).toEqual([false, []]);
  });

  it('never changes a pod that this server did not create, or that has no lease', async () => {
    const stage = await leased();
    stage.world.addPod('volt', { name: 'trainer' });
    await stage.call('create_pod', { ...VOLT_POD, name: 'unleased' });
    stage.world.clock.advance(100 * HOUR);
    await runMaintenance(stage.runtime);
    stage.world.clock.advance(60);
    expect(stateOf(stage)).toEqual(['stopped', 'running', 'running']);
  });

  it('ends without a notice when the pod is gone or was stopped by hand', async () => {
    const stage = await leased();
    await stage.call('create_pod', { ...VOLT_POD, name: 'second', max_lifetime_hours: 2 });
    stage.world.clock.advance(60);
    const [gone, still] = stage.world.pods.list();
    await stage.call('delete_pod', { pod: `volt:pod:${gone?.id}` });
    await stage.call('stop_pod', { pod: `volt:pod:${still?.id}` });
    stage.world.clock.advance(3 * HOUR);
    await runMaintenance(stage.runtime);
    expect(stops(stage)).toHaveLength(1);
    expect([stage.warnings, await stage.runtime.gate.store.leases.all()]).toEqual([[], []]);
  });

  it('waits for a pod that is still coming up', async () => {
    const stage = await leased();
    const [pod] = stage.world.pods.list();
    stage.world.clock.advance(2 * HOUR);
    stage.world.setPodState('volt', pod?.id ?? '', 'starting');
    await runMaintenance(stage.runtime);
    expect(stops(stage)).toEqual([]);
    expect(stage.warnings[0]).toBe(LEASE_SAYS.not_yet(await leaseOf(stage), 'starting'));
    stage.world.clock.advance(60);
    await runMaintenance(stage.runtime);
    expect(stops(stage)).toHaveLength(1);
  });

  it('is kept for an order that was found after its reply was lost', async () => {
    const stage = await stageFor();
    stage.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'drop_after_commit' });
    await stage.call('create_pod', { ...VOLT_POD, max_lifetime_hours: 2 });
    expect(await stage.runtime.gate.store.leases.all()).toMatchObject([
      { ends_at: '2026-03-28T16:00:00.000Z' },
    ]);
  });

  it('is a reminder, counted from the order, for one that was recovered after a crash', async () => {
    const dead = await stageFor();
    await crash(dead, 'create_pod', { ...VOLT_POD, max_lifetime_hours: 2 });
    dead.world.addPod('volt', { name: 'trainer' });
    dead.world.clock.advance(5 * HOUR);
    const next = await stageFor({ beside: dead });
    const maintenance = startMaintenance(next.runtime);
    await vi.waitFor(() => expect(next.warnings).toHaveLength(2), PATIENCE);
    await maintenance.stop();
    expect(next.warnings[1]).toContain(LEASE_SAYS.may_be_another);
    expect(stops(next)).toEqual([]);
  });
});

describe('a lease on Nebula', () => {
  it('stops and deletes nothing: it says so, offers delete_pod, and is over with the pod', async () => {
    const stage = await leased(NEBULA_POD);
    stage.world.clock.advance(3 * HOUR);
    await runMaintenance(stage.runtime);
    stage.world.clock.advance(HOUR);
    await runMaintenance(stage.runtime);
    expect(stage.warnings).toEqual([LEASE_SAYS.left(await leaseOf(stage), LEASE_SAYS.bills_on('Nebula'))]);
    const spend = await spendOf(stage);
    expect(spend.notices).toEqual(stage.warnings);
    expect(spend.pods[0]?.lease_ends_at).toBe(LEASE_END);
    expect(stage.world.nebula.instances[0]?.actions).toEqual({ start: 0, stop: 0, reboot: 0 });
    expect(stateOf(stage)).toEqual(['Running']);
    await stage.call('delete_pod', { pod: spend.pods[0]?.ref });
    stage.world.clock.advance(25 * HOUR);
    await runMaintenance(stage.runtime);
    expect(await stage.runtime.gate.store.leases.all()).toEqual([]);
  });
});

describe('whose lease it is', () => {
  it('is the account: a server with another key leaves it alone', async () => {
    const one = await leased();
    one.world.clock.advance(3 * HOUR);
    const other = await stageFor({ beside: one, config: { VOLT_API_KEY: 'volt_another_account' } });
    await runMaintenance(other.runtime);
    expect([other.warnings, stops(one)]).toEqual([[], []]);
    expect(await one.runtime.gate.store.leases.all()).toHaveLength(1);
  });

  it('stays the same account when the key of the other cloud is added or removed', async () => {
    const one = await leased();
    one.world.clock.advance(3 * HOUR);
    const alone = await stageFor({ beside: one, config: { NEBULA_API_KEY: ' ' } });
    await runMaintenance(alone.runtime);
    expect(stops(one)).toHaveLength(1);
  });

  it('is nobody’s when its file cannot be read', async () => {
    const stage = await leased();
    const file = (await filesOf(stage, /\.json$/)).find((path) => path.includes('/leases/')) ?? '';
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ name: 'trainer', tries: 0 });
    await writeFile(join(file, '..', 'torn.json'), '{"ref":"volt:pod:x","na');
    await writeFile(file, '{"ref":"volt:pod:x","name":"x","ends_at":"soon"}');
    expect(await stage.runtime.gate.store.leases.all()).toEqual([]);
  });
});
