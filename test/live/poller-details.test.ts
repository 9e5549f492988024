import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import type { Change } from '../../src/core/live.ts';
import type { Pod } from '../../src/core/model.ts';
import { type PollerBench, pollerBench } from './poller-bench.ts';

/** A bench with live pods that the list leaves out, so that each must be requested by its id. */
function unlisted(count: number): PollerBench & { ids: string[] } {
  const bench = pollerBench({ perHour: 1000 });
  const ids = Array.from({ length: count }, (_, number) => `late_${number}`);
  for (const id of ids) {
    bench.set(id);
    bench.hidden.add(id);
  }
  return { ...bench, ids };
}

const watch = ({ poller }: PollerBench, id: string) =>
  poller.watch({ cloud: 'volt', kind: 'pod', id }, {}).first.then(
    (pods) => pods.map((pod) => pod.id).join(),
    (error: GpuError) => error.code,
  );

/** The outcome of a watch once all work has ended; `nothing` if there is none. */
async function outcomeOf(bench: PollerBench, first: Promise<string>): Promise<string> {
  for (let round = 0; round < 50; round += 1) await turn();
  await bench.poller.idle();
  return Promise.race([first, turn('nothing')]);
}

describe('a poll that fails through a fault of our own', () => {
  it('is logged with its cause, which the watcher does not get', async () => {
    const bench = pollerBench();
    bench.failing.error = new TypeError('inner workings');
    const { first } = bench.poller.watch({ cloud: 'volt', kind: 'pod', id: null }, {});
    await expect(first).rejects.toMatchObject({ code: 'upstream_error' });
    await expect(first).rejects.not.toThrow(/inner workings/);
    expect(bench.logs).toMatchObject([{ level: 'warn', cause: expect.stringContaining('inner workings') }]);
    bench.poller.close();
  });
});

describe('things that the list does not show yet', () => {
  it('never keep a newcomer waiting, however many are watched already', async () => {
    const bench = unlisted(7);
    const [newcomer = '', ...others] = bench.ids;
    for (const id of others) {
      expect(await outcomeOf(bench, watch(bench, id))).toBe(id);
      await bench.time.advance(1.5);
    }
    const before = bench.requests.length;
    expect(await outcomeOf(bench, watch(bench, newcomer))).toBe(newcomer);
    expect(bench.requests.length - before).toBeLessThan(10);
    bench.poller.close();
  });

  it('get the error if they cannot be read, also when they are more than one poll reads, without endless requests', async () => {
    const bench = unlisted(8);
    bench.refusing.error = new GpuError('upstream_error', 'no details today');
    const answers = bench.ids.map((id) => watch(bench, id));
    for (const answer of answers) expect(await outcomeOf(bench, answer)).toBe('upstream_error');
    expect(bench.requests.length).toBeLessThan(20);
    bench.poller.close();
  });
});

const ALL = { cloud: 'volt', kind: 'pod', id: null } as const;
const one = (id: string) => ({ cloud: 'volt', kind: 'pod', id }) as const;

function recorder() {
  const changes: string[] = [];
  const onChanges = (list: readonly Change<Pod>[]) => {
    for (const { what, id, thing } of list) changes.push(`${what} ${id} ${thing.state}`);
  };
  return { changes, watcher: { onChanges } };
}

describe('the end of a pod', () => {
  it('takes no "not found" for an end while a complete list shows the pod, nor while there is no such list', async () => {
    const bench = pollerBench();
    const [mine, all] = [recorder(), recorder()];
    bench.set('a');
    bench.poller.watch(one('a'), mine.watcher);
    bench.poller.watch(ALL, all.watcher);
    await bench.time.advance(5);
    bench.refusing.error = new GpuError('not_found', 'a gateway has no route');
    bench.cut.add('a');
    await bench.time.advance(120);
    bench.proof.error = new GpuError('unexpected_response', 'the list is cut short');
    await bench.time.advance(120);
    expect([...mine.changes, ...all.changes]).toEqual([]);
    bench.proof.error = null;
    bench.drop('a');
    await bench.time.advance(120);
    expect([...mine.changes, ...all.changes]).toEqual(['gone a running', 'gone a running']);
  });
});
