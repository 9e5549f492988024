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

async function open(file: string, ...args: string[]): Promise<Peer> {
  const peer = startPeer(file, args);
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

/**
 * Calls a second of an echo through our whole pipeline, beside two echoes of the bare SDK server: one that answers text
 * alone, and one whose reply is the same as ours, with structured content and an output schema. And of a refused call.
 */
export const calls: Part = {
  name: 'calls',
  async run() {
    const peers = {
      echo: await open(echoing()),
      refused: await open(ours()),
      text: await open(bare()),
      alike: await open(bare(), 'structured'),
    };
    const figures: Figure[] = [];
    for (const inFlight of IN_FLIGHT) {
      const values = await inTurn(
        {
          echo: () => load(peers.echo, ECHO, inFlight),
          refused: () => load(peers.refused, REFUSED, inFlight),
          text: () => load(peers.text, ECHO, inFlight),
          alike: () => load(peers.alike, ECHO, inFlight),
        },
        ROUNDS,
        2,
      );
      const row = (
        name: string,
        mine: 'echo' | 'refused',
        floor: 'text' | 'alike',
        goal: Figure['goal'],
      ) => ({
        part: 'calls',
        name: `stdio, ${inFlight} in flight: ${name}`,
        unit: '/s',
        ours: median(values[mine]),
        floor: median(values[floor]),
        goal,
      });
      const goal = { of: 'ratio', at: 'least', limit: 0.8 } as const;
      figures.push(
        row('echo / SDK echo of text alone', 'echo', 'text', goal),
        row('echo / SDK echo with the same reply', 'echo', 'alike', goal),
        row('refused call / SDK echo of text alone', 'refused', 'text', null),
      );
    }
    await Promise.all(Object.values(peers).map((peer) => peer.end()));
    return figures;
  },
};
