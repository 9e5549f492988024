import { readdirSync } from 'node:fs';
import type { Case, Everyday, Example } from '../examples/example.ts';
import { TOOLS } from '../src/tools/index.ts';
import type { Tool } from '../src/tools/tool.ts';

const FOLDER = 'examples';

/** The file of a tool's example. */
export const exampleFile = (tool: string): string => `${FOLDER}/${tool}.ts`;

/** The examples by the name of their tool: every file of the folder, whose name is the tool's. */
async function readExamples(): Promise<Map<string, Example>> {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.ts') && file !== 'example.ts')
    .map((file) => file.slice(0, -3));
  const found = new Map<string, Example>();
  for (const name of names) {
    const { example }: { example?: Example } = await import(`../examples/${name}.ts`);
    if (example === undefined) throw new Error(`${FOLDER}/${name}.ts exports no constant \`example\`.`);
    found.set(name, example);
  }
  return found;
}

const EXAMPLES: ReadonlyMap<string, Example> = await readExamples();

/** What does not fit together: tools without an example, and examples without a tool. Empty if all is well. */
export function exampleFaults(
  tools: readonly Pick<Tool, 'name'>[],
  examples: Iterable<string> = EXAMPLES.keys(),
): string[] {
  const written = new Set(examples);
  const known = new Set(tools.map(({ name }) => name));
  return [
    ...[...known]
      .filter((name) => !written.has(name))
      .map((name) => `The tool ${name} has no example: write ${FOLDER}/${name}.ts.`),
    ...[...written]
      .filter((name) => !known.has(name))
      .map((name) => `${FOLDER}/${name}.ts belongs to no tool: name the file after its tool, or delete it.`),
  ];
}

/** The example of a tool. @throws Error that says which file to write */
export function exampleOf(tool: string): Example {
  const found = EXAMPLES.get(tool);
  if (found === undefined) throw new Error(exampleFaults([{ name: tool }], [])[0]);
  return found;
}

/** One call of a tool. `label`: the tool and the case, unique. */
export interface ToolCase extends Case {
  tool: Tool;
  label: string;
}

/** Every call of every tool, in the order of the tools. */
export const CASES: readonly ToolCase[] = TOOLS.flatMap((tool) =>
  (EXAMPLES.get(tool.name)?.cases ?? []).map((one) => ({
    ...one,
    tool,
    label: `${tool.name}, ${one.title}`,
  })),
);

/** The calls that ask a person and succeed. */
export const GATED_CASES: readonly ToolCase[] = CASES.filter(
  ({ tool, ends, args }) => tool.gated && ends === undefined && args.dry_run !== true,
);

/** Every everyday request with the tool that answers it. */
export const EVERYDAY: readonly (Everyday & { tool: string })[] = TOOLS.flatMap(({ name }) =>
  (EXAMPLES.get(name)?.everyday ?? []).map((request) => ({ ...request, tool: name })),
);
