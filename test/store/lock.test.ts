import { describe, expect, it } from 'vitest';
import { createExclusive, createLocks } from '../../src/store/lock.ts';

const never = new AbortController().signal;

/** A task that waits for its `go`, and a record of what began and ended. */
function bench() {
  const locks = createLocks();
  const seen: string[] = [];
  const task = (name: string, key: string, signal = never) => {
    let go = () => {};
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    const end = locks.run([key], signal, async () => {
      seen.push(`${name} begins`);
      await gone;
      seen.push(`${name} ends`);
      return name;
    });
    return { end, go };
  };
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { locks, seen, task, settled };
}

describe('locks', () => {
  it('run tasks of one key one after the other, in the order of their coming', async () => {
    const { task, seen, settled } = bench();
    const tasks = ['a', 'b', 'c'].map((name) => task(name, 'spend'));
    tasks[2]?.go();
    tasks[1]?.go();
    await settled();
    expect(seen).toEqual(['a begins']);
    tasks[0]?.go();
    expect(await Promise.all(tasks.map(({ end }) => end))).toEqual(['a', 'b', 'c']);
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('run tasks of different keys side by side', async () => {
    const { task, seen, settled } = bench();
    const [one, two] = [task('a', 'x'), task('b', 'y')];
    await settled();
    expect(seen).toEqual(['a begins', 'b begins']);
    one.go();
    two.go();
    await Promise.all([one.end, two.end]);
  });

  it('are all held by a task of several keys, whose order does not matter', async () => {
    const { locks, seen, task, settled } = bench();
    const first = task('a', 'y');
    const both = ['xy', 'yx'].map((keys) =>
      locks.run([...keys], never, async () => {
        seen.push(keys);
        await settled();
      }),
    );
    await settled();
    expect(seen).toEqual(['a begins']);
    first.go();
    await Promise.all(both);
    expect(seen).toEqual(['a begins', 'a ends', 'xy', 'yx']);
  });

  it('go on after a task that failed', async () => {
    const { locks } = bench();
    const failed = locks.run(['x'], never, () => Promise.reject(new Error('no')));
    const next = locks.run(['x'], never, () => Promise.resolve('next'));
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('next');
  });

  it('end a waiting call at once when it is aborted, and keep the order of the queue', async () => {
    const { task, seen, settled } = bench();
    const stop = new AbortController();
    const first = task('first', 'x');
    const aborted = task('aborted', 'x', stop.signal);
    const last = task('last', 'x');
    await settled();
    stop.abort();
    await expect(aborted.end).rejects.toThrow(/abort/i);
    last.go();
    await settled();
    expect(seen).toEqual(['first begins']);
    first.go();
    expect(await last.end).toBe('last');
    expect(seen).toEqual(['first begins', 'first ends', 'last begins', 'last ends']);
  });

  it('never run a task that is aborted before its turn, even if nobody is ahead', async () => {
    const { locks } = bench();
    let ran = false;
    const run = locks.run(['x'], AbortSignal.abort(), async () => {
      ran = true;
    });
    await expect(run).rejects.toThrow(/abort/i);
    expect(ran).toBe(false);
  });
});

it('many steps that wait for each other put nothing on stderr', async () => {
  const warnings: string[] = [];
  const hear = ({ message }: Error) => void warnings.push(message);
  process.on('warning', hear);
  const alone = createExclusive();
  await Promise.all(Array.from({ length: 30 }, () => alone('one', async () => {})));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', hear);
  expect(warnings).toEqual([]);
});
