import { bare, echoing, ours } from '../bundles.ts';
import type { Figure, Part } from '../figure.ts';
import { inTurn, median } from '../measure.ts';
import { greet, type Peer, startPeer } from '../stdio-peer.ts';

const CALLS = 4000;
const ROUNDS = 9;
const IN_FLIGHT = [16, 64] as const;

const ECHO = { name: 'echo', arguments: { text: 'hello' } };
/** The least that one of our own tools can do: the ref is malformed, so the server answers by itself, with an error. */
const REFUSED = { name: 'get_pod', arguments: { pod: 'hello' } };

async function open(file: string): Promise<Peer> {
  const peer = startPeer(file);
  await greet(peer);
  peer.tell('notifications/initialized');
  await peer.ask('tools/list');
  return peer;
}

/** Calls a second with so many in flight. */
async function load(peer: Peer, params: object, inFlight: number): Promise<number> {
  let left = CALLS;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      await peer.ask('tools/call', params);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, caller));
  return CALLS / ((performance.now() - started) / 1000);
}

/** Calls a second beside the echo of the bare SDK server: of an echo through our whole pipeline, and of a refused call. */
export const calls: Part = {
  name: 'calls',
  async run() {
    const peers = { echo: await open(echoing()), refused: await open(ours()), floor: await open(bare()) };
    const figures: Figure[] = [];
    for (const inFlight of IN_FLIGHT) {
      const values = await inTurn(
        {
          echo: () => load(peers.echo, ECHO, inFlight),
          refused: () => load(peers.refused, REFUSED, inFlight),
          floor: () => load(peers.floor, ECHO, inFlight),
        },
        ROUNDS,
        2,
      );
      const shared = { part: 'calls', unit: '/s', floor: median(values.floor) };
      figures.push(
        {
          ...shared,
          name: `stdio calls of an echo, ${inFlight} in flight`,
          ours: median(values.echo),
          goal: { of: 'ratio', at: 'least', limit: 0.8 },
        },
        {
          ...shared,
          name: `stdio calls refused by the server, ${inFlight} in flight`,
          ours: median(values.refused),
          goal: null,
        },
      );
    }
    await Promise.all(Object.values(peers).map((peer) => peer.end()));
    return figures;
  },
};
