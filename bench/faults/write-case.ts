import type { Api } from '../../src/sandbox/request-log.ts';
import type { World } from '../../src/sandbox/world.ts';

/** The name of everything that a run makes. */
export const NAME = 'matrix';

/** One write of one cloud: how it is called, what it sends, and how its effect is counted in the simulator. */
export interface WriteCase {
  tool: string;
  /** Cloud and variant. */
  on: string;
  api: Api;
  method: string;
  /** Below the base URL; `*` = any characters. */
  path: string;
  /** Brings the world to where the call makes sense, and returns its arguments. */
  args: (world: World) => Record<string, unknown>;
  /** How often the write took effect. */
  effects: (world: World) => number;
  /** It spends, so a killed server must find it again. */
  spends?: true;
  /** It makes a thing whose listing the simulator can delay. */
  listed?: true;
  /** It is metered: nothing is left that could be looked for, but get_spend counts it. */
  metered?: true;
  /** Its reply is a stream, which has no time limit as a whole. */
  streams?: true;
}
