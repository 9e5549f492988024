import { describe, expect, it } from 'vitest';
import { runMaintenance } from '../../src/engine/maintenance.ts';
import { LEASE_SAYS } from '../../src/gate/messages.ts';
import { auditOf } from '../gate/audit-lines.ts';
import { HOUR, leased, leaseOf, stateOf, stops } from './leased.ts';
import { filesOf, orphan, stageFor, type TestStage } from './stages.ts';

describe('a stop that does not go through', () => {
  const due = async () => {
    const stage = await leased();
    stage.world.clock.advance(3 * HOUR);
    return stage;
  };
  const fault = (
    stage: TestStage,
    kind: 'drop_after_commit' | 'drop_before' | 'rate_limit' | 'error_after_commit',
    times = 1,
  ) => stage.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods/*/stop', kind, times });

  it.each(['drop_after_commit', 'error_after_commit'] as const)(
    'is not sent again if it took effect: %s',
    async (kind) => {
      const stage = await due();
      fault(stage, kind);
      for (let round = 0; round < 4; round += 1) {
        await runMaintenance(stage.runtime);
        stage.world.clock.advance(HOUR);
      }
      expect(stops(stage)).toHaveLength(1);
      expect((await auditOf(stage.stateDir)).at(-1)).toMatchObject({ outcome: 'done_reconciled' });
    },
  );

  it('is sent again only after a later reading shows that the pod still runs', async () => {
    const stage = await due();
    fault(stage, 'drop_before');
    await runMaintenance(stage.runtime);
    await runMaintenance(stage.runtime);
    expect(stops(stage)).toHaveLength(1);
    stage.world.clock.advance(301);
    await runMaintenance(stage.runtime);
    expect(stops(stage)).toHaveLength(2);
    expect((await auditOf(stage.stateDir)).map(({ outcome }) => outcome).slice(1)).toEqual([
      'outcome_unknown',
      'done',
    ]);
    expect(stage.warnings).toEqual([expect.any(String), LEASE_SAYS.stopped(await leaseOf(stage))]);
  });

  it('is tried again when the cloud refused it, and each try is in the audit log', async () => {
    const stage = await due();
    fault(stage, 'rate_limit');
    await runMaintenance(stage.runtime);
    expect(stage.warnings[0]).toContain('rate_limited');
    stage.world.clock.advance(61);
    await runMaintenance(stage.runtime);
    expect(stateOf(stage)).not.toContain('running');
    expect((await auditOf(stage.stateDir)).map(({ outcome }) => outcome).slice(1)).toEqual([
      'rate_limited',
      'done',
    ]);
  });

  it('is tried again when the cloud cannot be read, and reported once', async () => {
    const stage = await due();
    stage.world.faults.add({ cloud: 'volt', method: 'GET', kind: 'error_before', status: 502, times: 50 });
    await runMaintenance(stage.runtime);
    await runMaintenance(stage.runtime);
    expect(stage.warnings).toEqual([expect.stringContaining('upstream_unavailable')]);
    stage.world.faults.clear();
    stage.world.clock.advance(60);
    await runMaintenance(stage.runtime);
    expect(stops(stage)).toHaveLength(1);
  });

  it.each([
    ["the cloud's own 404", { kind: 'error_before', status: 404 }],
    ["the cloud's own 410", { kind: 'error_before', status: 410 }],
    ['an HTML page with 404', { kind: 'html', status: 404 }],
    ['broken JSON with 404', { kind: 'garbage_json', status: 404 }],
  ] as const)('is not thrown away for %s: the pod is stopped all the same', async (_what, reply) => {
    const stage = await due();
    stage.world.faults.add({ cloud: 'volt', method: 'GET', path: '/pods/*', ...reply, times: 1 });
    for (let round = 0; round < 3; round += 1) {
      await runMaintenance(stage.runtime);
      stage.world.clock.advance(60);
    }
    expect(stops(stage)).toHaveLength(1);
    expect(stateOf(stage)).not.toContain('running');
  });

  it('is kept and reported while no complete list shows whether the pod is gone', async () => {
    const stage = await due();
    const error = { cloud: 'volt', method: 'GET', kind: 'error_before' } as const;
    stage.world.faults.add({ ...error, path: '/pods/*', status: 404, times: 100 });
    stage.world.faults.add({ ...error, path: '/pods', status: 502, times: 100 });
    await runMaintenance(stage.runtime);
    expect(stage.warnings).toEqual([expect.stringContaining('upstream_unavailable')]);
    expect(await stage.runtime.gate.store.leases.all()).toHaveLength(1);
  });

  it('is not sent if the lease was lifted after it was claimed', async () => {
    const stage = await due();
    const { leases } = stage.runtime.gate.store;
    const { claim } = leases;
    leases.claim = async (lease) => {
      const isMine = await claim(lease);
      await leases.lift(lease.ref);
      return isMine;
    };
    await runMaintenance(stage.runtime);
    expect(stops(stage)).toEqual([]);
    expect(await leases.all()).toEqual([]);
  });

  it('goes out from one of two servers only', async () => {
    const one = await due();
    const two = await stageFor({ beside: one });
    await Promise.all([one, two, one, two].map(({ runtime }) => runMaintenance(runtime)));
    expect(stops(one)).toHaveLength(1);
    expect([...one.warnings, ...two.warnings]).toHaveLength(1);
  });

  it('is taken up again when a server was killed in the middle of it', async () => {
    const one = await due();
    const [lease] = await one.runtime.gate.store.leases.all();
    if (lease === undefined) throw new Error('no lease');
    expect(await one.runtime.gate.store.leases.claim(lease)).toBe(true);
    await runMaintenance(one.runtime);
    expect(stops(one)).toEqual([]);
    const [claim = ''] = await filesOf(one, /\.claim$/);
    await orphan(claim, /\.\w+-\w+\.claim$/, '.999999999-dead.claim');
    await runMaintenance(one.runtime);
    expect(stops(one)).toHaveLength(1);
  });

  it.each([
    ['GPU_MCP_READ_ONLY', 'true', LEASE_SAYS.read_only],
    ['GPU_MCP_CONFIRM', 'block', LEASE_SAYS.block],
  ])('is only reported on a server that may not write: %s', async (variable, value, why) => {
    const one = await due();
    const two = await stageFor({ beside: one, config: { [variable]: value } });
    await runMaintenance(two.runtime);
    expect(two.warnings).toEqual([LEASE_SAYS.left(await leaseOf(one), why)]);
    expect(stops(two)).toEqual([]);
    expect(await two.runtime.gate.store.leases.all()).toHaveLength(1);
  });
});
