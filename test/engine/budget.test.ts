import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { budgetIn, placesFor } from '../../src/state.ts';
import { settingsFor } from '../../testbed/testbed.ts';
import { requestsOf, spendOf, stageFor } from './stages.ts';

describe('when the reads of an hour are used up', () => {
  it('a pod can still be stopped and deleted, and get_spend shows the state of the budget', async () => {
    const stage = await stageFor();
    const config = readConfig(settingsFor(stage.sandbox, stage.stateDir), {});
    const key = placesFor(config, config.clouds).keys?.volt ?? '';
    // Another server of the account.
    const other = budgetIn(stage.runtime.gate.store, null, key, () => stage.world.clock.now());
    for (let n = 0; n < 940; n += 1)
      expect((await other.take({ limit: 950, poll_limit: null })).granted).toBe(true);
    const pod = `volt:pod:${stage.world.addPod('volt', { name: 'trainer' })}`;
    for (let n = 0; n < 10; n += 1) await stage.call('get_pod', { pod });
    const read = await stage.call('list_pods', { cloud: 'volt' });
    expect(read.structuredContent.error).toMatchObject({ code: 'rate_limited', retry_after_seconds: 3600 });
    const stopped = await stage.call('stop_pod', { pod });
    expect(stopped.structuredContent.status).toBe('done');
    stage.world.clock.advance(60);
    expect((await stage.call('delete_pod', { pod })).structuredContent.status).toBe('done');
    expect(requestsOf(stage, 'volt', 'DELETE', /./)).toHaveLength(1);
    const { clouds, errors } = await spendOf(stage);
    expect(clouds[0]?.requests).toMatchObject({ limit: 1000, resets_at: '2026-03-28T15:00:00.000Z' });
    expect(clouds[0]?.requests?.remaining).toBeLessThan(50);
    expect(errors).toContainEqual(expect.objectContaining({ cloud: 'volt', code: 'rate_limited' }));
  });
});
