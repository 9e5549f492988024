import type { World } from '../../src/sandbox/world.ts';

/** One gated call and what its confirmation must say. */
export interface GatedCall {
  tool: string;
  /** Cloud and variant, for the name of the test. */
  on: string;
  /** Brings the world to where the call makes sense, and returns its arguments. */
  args: (world: World) => Record<string, unknown>;
  /** What has to be typed; a function of the arguments where it is not fixed. */
  challenge: string;
  /** Phrases that the question must contain, each a demand of the clouds' documents. */
  says: (string | RegExp)[];
}
