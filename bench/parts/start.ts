import { setTimeout as wait } from 'node:timers/promises';
import { bare, ours } from '../bundles.ts';
import type { Figure, Goal, Part } from '../figure.ts';
import { inTurn, median, timed } from '../measure.ts';
import { greet, startPeer } from '../stdio-peer.ts';

const ROUNDS = 25;
const MEMORY_ROUNDS = 7;
const SETTLE_MS = 700;

async function toGreeting(file: string): Promise<number> {
  const started = performance.now();
  const peer = startPeer(file);
  await greet(peer);
  const ms = performance.now() - started;
  await peer.end();
  return ms;
}

async function toList(file: string): Promise<number> {
  const ms = await timed(async () => {
    const peer = startPeer(file);
    await greet(peer);
    peer.tell('notifications/initialized');
    await peer.ask('tools/list');
    void peer.end();
  });
  await wait(50);
  return ms;
}

/** Resident memory once the handshake is over and nothing happens any more. */
async function settled(file: string): Promise<number> {
  const peer = startPeer(file);
  await greet(peer);
  peer.tell('notifications/initialized');
  await wait(SETTLE_MS);
  const megabytes = peer.memory();
  await peer.end();
  return megabytes ?? Number.NaN;
}

/** The same behind the first call of a tool, which loads the rest of our server. */
async function working(file: string): Promise<number> {
  const peer = startPeer(file);
  await greet(peer);
  peer.tell('notifications/initialized');
  // Unknown to the floor and malformed for ours: both answer by themselves, with an error.
  await peer.ask('tools/call', { name: 'get_pod', arguments: { pod: 'hello' } });
  await wait(SETTLE_MS);
  const megabytes = peer.memory();
  await peer.end();
  return megabytes ?? Number.NaN;
}

async function compare(
  name: string,
  unit: string,
  sample: (file: string) => Promise<number>,
  rounds: number,
  goal: Goal | null,
): Promise<Figure> {
  const [mine, floor] = [ours(), bare()];
  const values = await inTurn({ ours: () => sample(mine), floor: () => sample(floor) }, rounds, 2);
  return { part: 'start', name, unit, ours: median(values.ours), floor: median(values.floor), goal };
}

/** From spawn to the first answer, and the memory after; the floor is the bare SDK server, bundled alike. */
export const start: Part = {
  name: 'start',
  run: async () => [
    await compare('spawn → initialize answered', 'ms', toGreeting, ROUNDS, {
      of: 'ratio',
      at: 'most',
      limit: 1.15,
    }),
    await compare('spawn → tools/list answered', 'ms', toList, ROUNDS, null),
    ...(process.platform === 'linux'
      ? [
          await compare('resident memory after the handshake', 'MB', settled, MEMORY_ROUNDS, {
            of: 'ratio',
            at: 'most',
            limit: 1.2,
          }),
          await compare('resident memory after the first call', 'MB', working, MEMORY_ROUNDS, null),
        ]
      : []),
  ],
};
