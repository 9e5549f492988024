import { expect } from 'vitest';
import { VOLT_POD } from '../harness.ts';
import { requestsOf, stageFor, type TestStage } from './stages.ts';

/** Seconds of an hour. */
export const HOUR = 3600;

/** The stops that Volt was asked for. */
export const stops = (stage: TestStage) => requestsOf(stage, 'volt', 'POST', /\/stop$/);

/** The raw states of all pods. */
export const stateOf = (stage: TestStage) => stage.world.pods.list().map(({ state }) => state);

/** When the lease of `leased` ends. */
export const LEASE_END = '2026-03-28T16:00:00.000Z';

/** The lease of `leased` as notices name it. */
export async function leaseOf(stage: TestStage) {
  const [pod] = (await stage.call('list_pods')).structuredContent.pods as { ref: string }[];
  return { name: 'trainer', ref: pod?.ref ?? '', ends_at: LEASE_END };
}

/** A stage with one pod whose lease ends after two hours, deployed. */
export async function leased(pod: Record<string, unknown> = VOLT_POD): Promise<TestStage> {
  const stage = await stageFor();
  await stage.call('create_pod', { ...pod, max_lifetime_hours: 2 });
  expect(await stage.runtime.gate.store.leases.all()).toMatchObject([{ ends_at: LEASE_END }]);
  stage.world.clock.advance(60);
  return stage;
}
