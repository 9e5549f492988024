import { once } from 'node:events';
import { connectTo } from '../client.ts';
import type { Figure, Part } from '../figure.ts';
import { callerOf, heapUsed } from '../http-servers.ts';
import { slope } from '../measure.ts';
import { forkRole } from '../static-cloud.ts';

const CALLS = 100_000;
const SESSIONS = 10_000;
const STEPS = 20;
/** The first fifth warms up. */
const WARM = 4;
const IN_FLIGHT = 16;

/** Runs `one` so many times, a few at a time. */
async function repeat(times: number, one: (number: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < times) {
      next += 1;
      await one(next);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

/** Bytes of heap that one more of them leaves behind, after the warm-up. */
async function growth(
  total: number,
  one: (number: number) => Promise<unknown>,
  heap: () => number | Promise<number>,
): Promise<number> {
  const points: { x: number; y: number }[] = [];
  for (let step = 1; step <= STEPS; step += 1) {
    await repeat(total / STEPS, one);
    if (step > WARM) points.push({ x: (step * total) / STEPS, y: await heap() });
  }
  return slope(points);
}

const figure = (name: string, bytes: number, limit: number): Figure => ({
  part: 'memory',
  name,
  unit: 'B',
  ours: bytes,
  floor: null,
  goal: { of: 'value', at: 'most', limit },
});

/** One call in five goes to the cloud, the others are answered by the server itself. */
async function perCall(): Promise<number> {
  const { url, child } = await forkRole('static-cloud');
  const { call, close } = await connectTo(`${url}/pods/1`);
  const one = (number: number) =>
    number % 5 === 0 ? call('list_pods') : call('get_pod', { pod: `pod ${number}` });
  const bytes = await growth(CALLS, one, heapUsed);
  await close();
  child.kill();
  return bytes;
}

/** Sessions over HTTP, each opened, used once and ended by its client. */
async function perSession(): Promise<number> {
  const { url, child } = await forkRole('list-ours');
  const caller = callerOf(url, IN_FLIGHT);
  const one = async () => {
    const session = await caller.open();
    await caller.ask(session, 'tools/list');
    await caller.leave(session);
  };
  const heap = async () => {
    child.send('heap');
    const [{ heap }] = (await once(child, 'message')) as [{ heap: number }];
    return heap;
  };
  const bytes = await growth(SESSIONS, one, heap);
  await caller.close();
  child.kill();
  return bytes;
}

/** Whether memory stays flat: what a call and a session leave behind. */
export const memory: Part = {
  name: 'memory',
  run: async () => [
    figure(`heap left by a call, slope over ${CALLS.toLocaleString('en-US')}`, await perCall(), 20),
    figure(`heap left by a session, slope over ${SESSIONS.toLocaleString('en-US')}`, await perSession(), 200),
  ],
};
