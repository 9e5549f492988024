import { describe, expect, it } from 'vitest';
import { requestsOf, spendOf, stageFor } from './stages.ts';

describe('when the reads of an hour are used up', () => {
  it('a pod can still be stopped and deleted, and get_spend shows where the budget stands', {
    timeout: 90_000,
  }, async () => {
    const stage = await stageFor();
    const pod = `volt:pod:${stage.world.addPod('volt', { name: 'trainer' })}`;
    for (let n = 0; n < 950; n += 1) await stage.call('get_pod', { pod });
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
