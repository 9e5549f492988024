import * as z from 'zod';
import { defineTool } from '../src/tools/tool.ts';

/** Says the same again: what a call costs where the tool itself costs nothing. */
export const echo = defineTool({
  name: 'echo',
  title: 'Echo',
  description: 'Says the same again.',
  toolset: 'machines',
  effect: 'read',
  input: z.strictObject({ text: z.string() }),
  output: z.strictObject({ text: z.string() }),
  endpoints: [],
  run: async ({ text }) => ({ text }),
  text: ({ text }) => text,
});
