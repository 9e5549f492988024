import { expect, it } from 'vitest';
import * as z from 'zod';
import { openRuntime } from '../../src/app.ts';
import { readConfig } from '../../src/config/read.ts';
import { dispatch } from '../../src/engine/dispatch.ts';
import { RESULT_SAYS } from '../../src/engine/messages.ts';
import { defineTool } from '../../src/tools/tool.ts';

const output = z.object({ ref: z.string() });

/** A tool that writes, and whose result then cannot be rendered. */
const mute = defineTool({
  name: 'mute',
  title: 'Mute',
  description: 'Writes.',
  toolset: 'machines',
  effect: 'change',
  plan: 'unconfirmed',
  input: z.strictObject({}),
  output,
  run: async () => ({ done: { ref: 'volt:pod:made' }, ref: 'volt:pod:made' }),
  text: () => {
    throw new TypeError('no words');
  },
});

it('a write whose result cannot be shown is not reported as failed', async () => {
  const lines: object[] = [];
  const { runtime, close } = await openRuntime(readConfig({ VOLT_API_KEY: 'volt_unsaid_key_01' }, {}), {
    log: (line) => void lines.push(line),
  });
  const { isError, structuredContent } = await dispatch(
    { ...runtime, tools: new Map([[mute.name, mute]]) },
    {
      name: 'mute',
      args: {},
      session: { id: 's', can_ask: false, ask: async () => ({ kind: 'dismissed' }) },
      signal: new AbortController().signal,
      progress: () => {},
    },
  );
  await close();
  expect(isError).toBe(true);
  expect(structuredContent).toMatchObject({
    error: {
      code: 'outcome_unknown',
      candidates: ['volt:pod:made'],
      hint: RESULT_SAYS.unreadable_next,
    },
  });
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'error', tool: 'mute', cause: expect.stringContaining('TypeError') }),
  );
});
