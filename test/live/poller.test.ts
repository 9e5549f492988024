import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import type { Change } from '../../src/core/live.ts';
import type { Pod } from '../../src/core/model.ts';
import { gaps, pollerBench } from './poller-bench.ts';

const ALL = { cloud: 'volt', kind: 'pod', id: null } as const;
const one = (id: string) => ({ cloud: 'volt', kind: 'pod', id }) as const;

function recorder() {
  const changes: string[] = [];
  const errors: string[] = [];
  return {
    changes,
    errors,
    watcher: {
      onChanges: (list: readonly Change<Pod>[]) => {
        for (const { what, id, thing } of list) changes.push(`${what} ${id} ${thing.state}`);
      },
      onError: (error: GpuError) => errors.push(error.code),
    },
  };
}

describe('the poller', () => {
  it('sends nothing while nothing is watched, and stops with the last watcher', async () => {
    const bench = pollerBench();
    bench.set('a');
    bench.poller.onListChange(() => {});
    bench.poller.refresh({ ...ALL, why: 'hint' });
    await bench.time.advance(600);
    expect(bench.requests).toEqual([]);
    const first = bench.poller.watch(ALL, {});
    const second = bench.poller.watch(one('a'), {});
    await bench.time.advance(10);
    first.stop();
    await bench.time.advance(60);
    expect(bench.poller.lists()).toBe(1);
    second.stop();
    second.stop();
    const sent = bench.requests.length;
    await bench.time.advance(3600);
    expect(bench.requests).toHaveLength(sent);
    expect([bench.poller.lists(), bench.time.pending()]).toEqual([0, 0]);
  });

  it('polls as a poll, fresh, and aborts what is under way when nobody watches any more', async () => {
    const bench = pollerBench();
    const { stop } = bench.poller.watch(ALL, {});
    stop();
    await bench.time.advance(1);
    expect(bench.ios[0]).toMatchObject({ purpose: 'poll', fresh: true });
    expect(bench.ios[0]?.signal.aborted).toBe(true);
  });

  it('makes one list call a poll for a thousand watchers', async () => {
    const few = pollerBench();
    const many = pollerBench();
    for (const bench of [few, many]) for (let n = 0; n < 10; n += 1) bench.set(`p${n}`);
    few.poller.watch(one('p0'), {});
    for (let n = 0; n < 1000; n += 1) many.poller.watch(n % 3 === 0 ? ALL : one(`p${n % 10}`), {});
    await few.time.advance(3600);
    await many.time.advance(3600);
    expect(many.requests).toEqual(few.requests);
  });

  it('polls every 2 to 5 s in transition, slows down to 60 s when all is stable, and speeds up again', async () => {
    const bench = pollerBench({ random: Math.random });
    bench.set('a', { state: 'provisioning' });
    bench.poller.watch(one('a'), {});
    await bench.time.advance(120);
    for (const gap of gaps(bench.polls())) {
      expect(gap).toBeGreaterThanOrEqual(2);
      expect(gap).toBeLessThanOrEqual(5);
    }
    bench.set('a', { state: 'running' });
    await bench.time.advance(1200);
    const settled = gaps(bench.polls()).slice(-5);
    for (const gap of settled) {
      expect(gap).toBeGreaterThanOrEqual(48);
      expect(gap).toBeLessThanOrEqual(60);
    }
    expect(new Set(settled).size).toBeGreaterThan(1);
    bench.set('a', { state: 'stopping' });
    await bench.time.advance(60 + 30);
    expect(gaps(bench.polls()).at(-1)).toBeLessThanOrEqual(5);
  });

  it('is fast only for what is watched', async () => {
    const bench = pollerBench();
    bench.set('a');
    bench.set('b', { state: 'provisioning' });
    bench.poller.watch(one('a'), {});
    await bench.time.advance(1200);
    expect(gaps(bench.polls()).at(-1)).toBeGreaterThan(40);
    bench.poller.watch(ALL, {});
    await bench.time.advance(60);
    expect(gaps(bench.polls()).at(-1)).toBeLessThanOrEqual(5);
  });

  it('takes the first poll as the baseline and reports each change once, but no counters', async () => {
    const bench = pollerBench();
    const { changes, watcher } = recorder();
    bench.set('a');
    const { first } = bench.poller.watch(ALL, watcher);
    expect((await first).map(({ id }) => id)).toEqual(['a']);
    for (let n = 1; n < 10; n += 1) {
      bench.set('a', { total_cost_usd: n, uptime_hours: n, warnings: [`${n}`] });
      await bench.time.advance(60);
    }
    expect(changes).toEqual([]);
    for (const change of [
      { state: 'stopped' },
      { public_ip: '203.0.113.1' },
      { ssh_port: 22 },
      { name: 'b' },
      { ssh_key_ids: ['k'] },
      { hourly_cost_usd: 1 },
    ] as const) {
      bench.set('a', change as Partial<Pod>);
      await bench.time.advance(120);
    }
    expect(changes).toHaveLength(6);
  });

  it('confirms a vanished pod by one detail before it calls it gone, and then ends its watch', async () => {
    const bench = pollerBench();
    const [mine, all] = [recorder(), recorder()];
    bench.set('a');
    bench.set('b');
    bench.poller.watch(one('a'), mine.watcher);
    const list = bench.poller.watch(ALL, all.watcher);
    await bench.time.advance(5);
    bench.hidden.add('a');
    await bench.time.advance(300);
    expect([...mine.changes, ...all.changes]).toEqual([]);
    const alive = bench.requests.filter(({ what }) => what === 'get a').length;
    expect(alive).toBeGreaterThanOrEqual(1);
    expect(alive).toBeLessThanOrEqual(12);
    bench.hidden.delete('a');
    await bench.time.advance(120);
    bench.drop('a');
    await bench.time.advance(120);
    expect(mine.changes).toEqual(['gone a running']);
    expect(all.changes).toEqual(['gone a running']);
    list.stop();
    expect(bench.poller.lists()).toBe(0);
  });

  it('confirms few at a time when many vanish at once', async () => {
    const bench = pollerBench();
    const { changes, watcher } = recorder();
    for (let n = 0; n < 40; n += 1) bench.set(`p${n}`);
    bench.poller.watch(ALL, watcher);
    await bench.time.advance(30);
    for (let n = 0; n < 40; n += 1) bench.drop(`p${n}`);
    await bench.time.advance(120);
    const between = bench.requests.map(({ what }) => (what.endsWith('list') ? '|' : '.')).join('');
    expect(Math.max(...between.split('|').map((gets) => gets.length))).toBe(5);
    expect(changes).toHaveLength(40);
  });

  it('backs off on errors, waits as long as the cloud asks, notifies the watchers and recovers', async () => {
    const bench = pollerBench();
    const { errors, changes, watcher } = recorder();
    bench.set('a');
    bench.poller.watch(one('a'), watcher);
    await bench.time.advance(10);
    bench.failing.error = new GpuError('upstream_unavailable', 'down');
    await bench.time.advance(3600);
    const failing = bench.polls().length;
    expect(failing).toBeLessThan(30);
    expect(gaps(bench.polls()).at(-1)).toBeGreaterThan(200);
    expect(errors.length).toBeGreaterThan(5);
    bench.failing.error = null;
    bench.set('a', { state: 'stopped' });
    await bench.time.advance(301);
    expect(changes).toEqual(['changed a stopped']);
    bench.failing.error = new GpuError('rate_limited', 'slow', { retryAfterSeconds: 900 });
    await bench.time.advance(61);
    const limited = bench.polls().length;
    bench.failing.error = null;
    bench.poller.refresh({ ...ALL, why: 'hint' });
    bench.poller.watch(ALL, {});
    await bench.time.advance(800);
    expect(bench.polls()).toHaveLength(limited);
    await bench.time.advance(120);
    expect(bench.polls().length).toBeGreaterThan(limited);
  });

  it('answers a new watcher while the cloud fails, instead of letting it hang', async () => {
    const bench = pollerBench();
    bench.failing.error = new GpuError('unauthorized', 'key');
    const watching = bench.poller.watch(one('a'), {});
    await expect(watching.first).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(bench.poller.watch(ALL, {}).first).rejects.toMatchObject({ code: 'unauthorized' });
    expect(bench.requests).toHaveLength(1);
  });

  it('stays within half of the hourly requests, and spreads what others leave', async () => {
    const bench = pollerBench({ perHour: 1000 });
    bench.set('a', { state: 'provisioning' });
    bench.poller.watch(one('a'), {});
    await bench.time.advance(1200);
    expect(Math.max(...gaps(bench.polls()))).toBeLessThanOrEqual(5);
    await bench.time.advance(2399);
    expect(bench.requests.length).toBeLessThanOrEqual(500);
    expect(bench.requests.length).toBeGreaterThan(400);
    expect(bench.polls().at(-1)).toBeGreaterThan(3500);

    const scarce = pollerBench({ perHour: 1000 });
    await scarce.others(900);
    scarce.set('a', { state: 'provisioning' });
    scarce.poller.watch(one('a'), {});
    await scarce.time.advance(1800);
    expect(scarce.requests.length).toBeLessThanOrEqual(35);
    await scarce.others(10);
    await scarce.time.advance(1799);
    expect(scarce.requests.length).toBeLessThanOrEqual(40);
    expect(scarce.polls().at(-1)).toBeGreaterThan(2400);
  });

  it('says at once that it may not poll now, and polls when it may', async () => {
    const bench = pollerBench({ perHour: 1000 });
    await bench.others(950);
    bench.set('a');
    const watching = bench.poller.watch(one('a'), {});
    await expect(watching.first).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 3600 });
    await bench.time.advance(3599);
    expect(bench.polls()).toEqual([]);
    await bench.time.advance(2);
    expect(bench.polls()).toHaveLength(1);
  });

  it('polls at once when a refresh is asked for, but not more often than once a second', async () => {
    const bench = pollerBench();
    const { changes, watcher } = recorder();
    bench.set('a');
    bench.poller.watch(one('a'), watcher);
    await bench.time.advance(1000);
    const before = bench.polls().length;
    bench.set('a', { state: 'stopped' });
    for (let n = 0; n < 50; n += 1) bench.poller.refresh({ ...one('a'), why: 'hint' });
    await bench.time.advance(0.1);
    expect(changes).toEqual(['changed a stopped']);
    for (let n = 0; n < 20; n += 1) {
      bench.poller.refresh({ ...ALL, why: 'hint' });
      await bench.time.advance(0.1);
    }
    expect(bench.polls().length - before).toBeLessThanOrEqual(4);
  });

  it('reports our own write once, even if the list does not carry what it changed', async () => {
    const bench = pollerBench();
    const [mine, other] = [recorder(), recorder()];
    bench.set('a');
    bench.set('b');
    bench.poller.watch(one('a'), mine.watcher);
    bench.poller.watch(one('b'), other.watcher);
    await bench.time.advance(100);
    bench.poller.refresh({ ...one('a'), why: 'written' });
    await bench.time.advance(200);
    expect([mine.changes, other.changes]).toEqual([['changed a running'], []]);
  });

  it('gives a later watcher its own baseline', async () => {
    const bench = pollerBench();
    const [early, late] = [recorder(), recorder()];
    bench.set('a');
    bench.poller.watch(one('a'), early.watcher);
    await bench.time.advance(600);
    bench.set('a', { state: 'stopped' });
    const [thing] = await bench.poller.watch(one('a'), late.watcher).first;
    expect(thing?.state).toBe('stopped');
    expect([early.changes, late.changes]).toEqual([['changed a stopped'], []]);
    bench.set('a', { state: 'running' });
    await bench.time.advance(120);
    expect(late.changes).toEqual(['changed a running']);
  });

  it('survives a listener that throws', async () => {
    const bench = pollerBench();
    const { changes, watcher } = recorder();
    bench.set('a');
    bench.poller.watch(one('a'), {
      onChanges: () => {
        throw new Error('broken');
      },
    });
    bench.poller.watch(one('a'), watcher);
    await bench.time.advance(5);
    bench.set('a', { state: 'stopped' });
    await bench.time.advance(60);
    expect(changes).toEqual(['changed a stopped']);
  });
});
