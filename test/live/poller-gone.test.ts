import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import type { Change } from '../../src/core/live.ts';
import type { Pod } from '../../src/core/model.ts';
import { pollerBench } from './poller-bench.ts';

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
