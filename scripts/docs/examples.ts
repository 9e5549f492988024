import type { Example } from './example.ts';
import { ACCOUNT_EXAMPLES } from './examples-account.ts';
import { COMPUTE_EXAMPLES } from './examples-compute.ts';

const EXAMPLES = { ...COMPUTE_EXAMPLES, ...ACCOUNT_EXAMPLES };

/** The names of all tools that have an example. */
export const exampleNames = (): string[] => Object.keys(EXAMPLES);

/** The examples of a tool. @throws Error for a tool without one: add it in examples-compute.ts or examples-account.ts */
export function examplesOf(tool: string): readonly Example[] {
  const found = EXAMPLES[tool];
  if (found !== undefined && found.length > 0) return found;
  throw new Error(
    `${tool} has no example: add one in scripts/docs/examples-compute.ts or examples-account.ts.`,
  );
}
