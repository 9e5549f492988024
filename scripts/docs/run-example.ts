import type { CallResult } from '../../src/engine/result.ts';
import type { Args, Example, Step } from './example.ts';
import type { Shown, Stage } from './stage.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Remembers the ref of each thing that a result carries, under the name of its kind. */
function remember(refs: Map<string, string>, { structuredContent }: CallResult): void {
  for (const [kind, value] of Object.entries(structuredContent)) {
    if (isRecord(value) && typeof value.ref === 'string') refs.set(`$${kind}`, value.ref);
  }
}

function fill(args: Args, refs: ReadonlyMap<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => {
      if (typeof value !== 'string' || !value.startsWith('$')) return [name, value];
      const ref = refs.get(value);
      if (ref === undefined) throw new Error(`No earlier step of the example gave ${value}.`);
      return [name, ref];
    }),
  );
}

async function prepare(stage: Stage, steps: readonly Step[], refs: Map<string, string>): Promise<void> {
  for (const step of steps) {
    if ('pass_seconds' in step) {
      stage.world.clock.advance(step.pass_seconds);
      continue;
    }
    const { result } = await stage.call(step.tool, fill(step.args, refs));
    if (result.isError) throw new Error(`Before the example, ${step.tool} failed: ${resultText(result)}`);
    remember(refs, result);
  }
}

/** An example that was run: its arguments as sent, what came back, and `METHOD cloud /path` of each request it made. */
export interface RunExample {
  args: Record<string, unknown>;
  shown: Shown;
  requests: string[];
}

/** Runs the steps before an example, then the example. */
export async function runExample(
  stage: Stage,
  tool: string,
  example: Example,
  canAsk = true,
): Promise<RunExample> {
  const refs = new Map<string, string>();
  await prepare(stage, example.before ?? [], refs);
  const args = fill(example.args, refs);
  stage.world.requests.clear();
  const shown = await stage.call(tool, args, canAsk);
  const requests = stage.world.requests.map(
    ({ cloud, method, path }) => `${method} ${cloud === 'inference' ? 'nebula' : cloud} ${path}`,
  );
  return { args, shown, requests };
}

const KINDS = {
  image: ({ mimeType }: { mimeType: string }) => `(an image, ${mimeType})`,
  resource_link: ({ name, mimeType }: { name: string; mimeType: string }) =>
    `(a link to ${name}, ${mimeType})`,
  resource: ({ resource }: { resource: { mimeType: string } }) => `(an embedded file, ${resource.mimeType})`,
};

/** The content of a result as text; what is not text is named. */
export const resultText = ({ content }: CallResult): string =>
  content
    .map((part) => {
      switch (part.type) {
        case 'text':
          return part.text;
        case 'image':
          return KINDS.image(part);
        case 'resource_link':
          return KINDS.resource_link(part);
        default:
          return KINDS.resource(part);
      }
    })
    .join('\n');
