import { setTimeout as pause } from 'node:timers/promises';
import { interval, jittered } from '../../src/live/poller/source.ts';
import type { Replicas } from '../../testbed/replicas.ts';

/** How often lists of pods were asked for in two equal stretches in which clients only watched. */
export interface Polls {
  /** By all servers together, and by one of them while the others are stopped. */
  all: number;
  one: number;
  /** Of those by all: how many came sooner after the one before than one server polls. */
  early: number;
}

const STRETCH_MS = 40_000;
const READY_MS = 60_000;
const REQUEST_MS = 15_000;
/** A server that waited for the poll of another one for too long, as on a busy computer, polls itself now and then. */
const MAX_EARLY = 1;
/** Servers that poll each for itself do so in every stretch. */
const TRIES = 3;

/** When lists of pods were asked for, milliseconds of the sandbox's clock. */
const pollTimes = ({ world }: Replicas): number[] =>
  world.requests
    .filter(({ cloud, method, path }) => cloud === 'volt' && method === 'GET' && path === '/pods')
    .map(({ at }) => Date.parse(at));

/**
 * A new client that watches on each of these servers; returns how to end it. If one of its requests is lost, another client
 * does it: only the polls are judged here.
 */
async function watchOnEach(all: Replicas, places: number, tries = TRIES): Promise<() => Promise<void>> {
  const { client, close } = await all.connect();
  const timeout = REQUEST_MS;
  try {
    await client.subscribeResource({ uri: 'gpu://pods' }, { timeout });
    // Each server that gets a request of the session takes its subscriptions over.
    for (let turn = 0; turn < 2 * places; turn += 1) await client.listTools(undefined, { timeout });
    return close;
  } catch (error) {
    await close();
    if (tries <= 1) throw error;
    console.error(`a request of the watching client was lost: ${String(error)}`);
    return watchOnEach(all, places, tries - 1);
  }
}

/** The times of polls with that many servers, after a new client had begun to watch on each of them. Real milliseconds. */
async function watchIdle(all: Replicas, places: number): Promise<number[]> {
  const before = pollTimes(all).length;
  const close = await watchOnEach(all, places);
  for (let waited = 0; pollTimes(all).length === before && waited < READY_MS; waited += 50) await pause(50);
  const began = pollTimes(all).length;
  await pause(STRETCH_MS);
  const times = pollTimes(all).slice(began);
  await close();
  return times.map((at) => at / all.speed);
}

/** After a poll of any replica, no other polls sooner than one server would that sees no change: its pauses grow. */
const countEarly = (times: readonly number[]): number =>
  times.filter((at, place) => {
    const [before] = times.slice(place - 1, place);
    return (
      place > 0 &&
      before !== undefined &&
      at - before < jittered(interval(place - 1, 'still', false), () => 1)
    );
  }).length;

/** Compares the polls of all servers with those of one. The servers are new and nothing has been ordered; all run afterwards. */
export async function comparePolls(
  all: Replicas,
  places: number,
): Promise<{ polls: Polls; wrong: string[] }> {
  let times: number[] = [];
  let early = 0;
  for (let tries = 0; tries === 0 || (early > MAX_EARLY && tries < TRIES); tries += 1) {
    times = await watchIdle(all, places);
    early = countEarly(times);
  }
  const others = Array.from({ length: places - 1 }, (_, at) => at + 1);
  for (const place of others) await all.stop(place, 'SIGTERM');
  const one = (await watchIdle(all, 1)).length;
  for (const place of others) await all.start(place);
  const wrong = [
    ...(one === 0 ? ['one server alone does not poll: there is nothing to compare'] : []),
    ...(early > MAX_EARLY
      ? [
          `${places} servers polled ${times.length} times, ${early} times sooner than one server would (it polled ${one} times)`,
        ]
      : []),
  ];
  return { polls: { all: times.length, one, early }, wrong };
}
