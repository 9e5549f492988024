import { describe, expect, it } from 'vitest';
import type { Cloud } from '../../src/core/cloud.ts';
import type { Job, JobState } from '../../src/core/model.ts';
import { createPoller, type Poller } from '../../src/live/poller/poller.ts';
import { createVirtualTime } from '../../testbed/virtual-time.ts';
import { fakeCloud } from '../tools/fake-context.ts';

const jobOf = (id: string, state: JobState): Job => ({
  ref: `volt:job:${id}`,
  cloud: 'volt',
  id,
  upstream_task_id: null,
  name: id,
  base_model: null,
  task_type: null,
  state,
  raw_state: state,
  is_terminal: state === 'succeeded' || state === 'failed' || state === 'cancelled',
  refund_if_cancelled_now: 'none',
  hours_requested: 1,
  cost_per_hour_usd: 1,
  total_cost_usd: 1,
  dataset_repo: null,
  output_model_repo: null,
  created_at_utc: null,
  started_at_utc: null,
  completed_at_utc: null,
  warnings: [],
});

/** A poller on a cloud whose list of jobs may lag behind the detail of each. */
function jobBench(ids: readonly string[], state: JobState) {
  let now = 0;
  const clock = {
    now: () => now,
    advance: (seconds: number) => {
      now += Math.round(seconds * 1000);
    },
  };
  const listed = new Map(ids.map((id) => [id, state]));
  const real = new Map(listed);
  const asked: string[] = [];
  const never = (): never => {
    throw new Error('not asked for here');
  };
  const cloud: Cloud = fakeCloud('volt', {
    jobs: {
      list: async () => {
        asked.push('|');
        return [...listed].map(([id, at]) => jobOf(id, at));
      },
      get: async (_io, id) => {
        asked.push(id);
        return jobOf(id, real.get(id) ?? state);
      },
      prepareSubmit: never,
      submit: never,
      cancel: never,
      webhookProblem: () => null,
      cancelNotes: () => [],
    },
  });
  let poller: Poller | null = null;
  const time = createVirtualTime(clock, async () => poller?.idle());
  poller = createPoller(
    { ids: ['volt'], knows: () => true, get: () => cloud, all: () => [cloud] },
    { monotonic: clock.now, random: () => 0.5, schedule: time.schedule, log: () => {} },
  );
  const changes: string[] = [];
  const watch = (id: string) =>
    poller?.watch(
      { cloud: 'volt', kind: 'job', id },
      {
        onChanges: (list) =>
          changes.push(...list.map(({ what, thing }) => `${what} ${thing.id} ${thing.state}`)),
      },
    );
  return { poller, time, listed, real, asked, changes, watch };
}

describe('jobs whose list lags behind', () => {
  it('are read in detail once a minute, one a poll, so that their end is noticed all the same', async () => {
    const bench = jobBench(['a', 'b', 'c'], 'training');
    for (const id of ['a', 'b', 'c']) bench.watch(id);
    await bench.time.advance(600);
    const perLook = bench.asked.join('').split('|').slice(1);
    expect(Math.max(...perLook.map((ids) => ids.length))).toBe(1);
    expect(bench.asked.filter((id) => id === 'a').length).toBeGreaterThanOrEqual(4);
    bench.real.set('b', 'succeeded');
    await bench.time.advance(180);
    expect(bench.changes).toEqual(['changed b succeeded']);
  });

  it('do not come back to life while the list still shows them at work', async () => {
    const bench = jobBench(['a'], 'training');
    let shown = 0;
    bench.poller.onListChange(() => {
      shown += 1;
    });
    bench.watch('a');
    await bench.time.advance(30);
    bench.real.set('a', 'failed');
    bench.poller.refresh({ cloud: 'volt', kind: 'job', id: 'a', why: 'hint' });
    await bench.time.advance(600);
    bench.listed.set('a', 'failed');
    await bench.time.advance(600);
    expect(bench.changes).toEqual(['changed a failed']);
    expect(shown).toBe(1);
  });

  it('that have ended cost one list a minute and no details', async () => {
    const bench = jobBench(['a'], 'succeeded');
    bench.watch('a');
    await bench.time.advance(3600);
    expect(bench.asked).not.toContain('a');
    expect(bench.asked.length).toBeLessThan(75);
  });
});
