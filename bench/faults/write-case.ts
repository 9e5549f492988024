import type { Effect, Sent } from '../../examples/example.ts';
import type { Api } from '../../src/sandbox/requests.ts';
import { CASES, type ToolCase } from '../../testbed/examples.ts';

/** One write of one cloud: how it is called, what it sends, and how its effect shows in the sandbox. */
export interface WriteCase {
  tool: string;
  /** Cloud and variant. */
  on: string;
  api: Api;
  method: string;
  /** Below the base URL; `*` = any characters but a slash. */
  path: string;
  example: ToolCase;
  effect: Effect;
  /** It spends, so a killed server must find it again. */
  spends: boolean;
  /** It makes a thing whose listing the sandbox can delay. */
  listed: boolean;
  /** It is metered: nothing is left to search for, but get_spend counts it. */
  metered: boolean;
  /** Its reply is a stream, which has no time limit as a whole. */
  streams: boolean;
}

const API: Readonly<Record<string, Api>> = { volt: 'volt', nebula: 'nebula', inference: 'inference' };

function requestOf(label: string, [sent, ...more]: readonly Sent[]) {
  const [request, body = {}] = typeof sent === 'string' ? [sent] : (sent ?? ['']);
  const [method = '', cloud = '', path = ''] = request.split(' ');
  const api = API[cloud];
  if (api === undefined || more.length > 0)
    throw new Error(`${label}: a case with an effect sends one request.`);
  return { api, method, path: path.replace(/\$\w+\.id/, '*'), body };
}

function writeCase(example: ToolCase, effect: Effect): WriteCase {
  const { tool, title, label, sends } = example;
  const { body, ...request } = requestOf(label, sends);
  return {
    tool: tool.name,
    on: title,
    ...request,
    example,
    effect,
    spends: tool.effect === 'spend',
    listed: tool.effect === 'spend' && 'makes' in effect,
    metered: tool.effect === 'use',
    streams: 'stream' in body,
  };
}

/** Every example that says how its effect shows: at least one of each tool that writes, on every cloud that has it. */
export const WRITE_CASES: readonly WriteCase[] = CASES.flatMap((example) =>
  example.effect === undefined ? [] : [writeCase(example, example.effect)],
);
