import type { Case } from '../../examples/example.ts';
import type { CallResult } from '../../src/engine/result.ts';
import type { LoggedRequest } from '../../src/sandbox/requests.ts';
import { prepare } from '../../testbed/prepare.ts';
import { openTestbed, type Testbed } from '../../testbed/testbed.ts';

/** When every example happens: the same input gives the same page. */
const START = '2026-11-01T12:00:00Z';

/** Runs a task on a fresh testbed. `canAsk`: whether a person types what is asked for. */
export async function onTestbed<T>(task: (testbed: Testbed) => Promise<T>, canAsk = true): Promise<T> {
  const testbed = await openTestbed({ start: START, ...(!canAsk && { person: null }) });
  try {
    return await task(testbed);
  } finally {
    await testbed.close();
  }
}

/** Text in which nothing of this machine is left. */
export const neutral = ({ stateDir, sandbox }: Testbed, text: string): string =>
  text.replaceAll(stateDir, '<state directory>').replaceAll(sandbox.url, '<sandbox>');

/** An example that was run: what was sent, asked and answered, and each request it made. */
export interface RunExample {
  args: Record<string, unknown>;
  result: CallResult;
  /** Null if nobody was asked. */
  asked: string | null;
  requests: readonly LoggedRequest[];
}

/** Sets the sandbox to the start of an example, and calls the tool. */
export async function runExample(testbed: Testbed, tool: string, example: Case): Promise<RunExample> {
  const { args } = prepare(testbed.world, example);
  const result = await testbed.call(tool, args);
  return { args, result, asked: testbed.asked[0] ?? null, requests: [...testbed.world.requests] };
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
