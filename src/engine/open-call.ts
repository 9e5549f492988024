import * as z from 'zod';
import { GpuError } from '../core/errors.ts';
import { absence, TOOLS } from '../tools/index.ts';
import type { OpenCall, Tool } from '../tools/tool.ts';
import { hiddenFields, REPLY_FIELD, TOKEN_FIELD } from './listing.ts';
import type { Runtime } from './runtime.ts';

const WHY_ABSENT = {
  read_only: ['read_only', 'this server is read-only.', 'The operator can start it without --read-only.'],
  not_configured: [
    'not_configured',
    'no configured cloud offers it.',
    'The operator can set the API key of the cloud that does.',
  ],
  toolset: ['not_configured', 'its toolset is switched off.', 'The operator can change --toolsets.'],
} as const;

/** The words of a name in any order and number: `pod_list` and `list_pods` are alike. */
const wordsOf = (name: string): string =>
  name
    .toLowerCase()
    .split(/[_-]/)
    .map((word) => word.replace(/s$/, ''))
    .toSorted()
    .join(' ');

/** @throws GpuError `not_found`, or why the tool is absent here */
export function findTool(runtime: Runtime, name: string): Tool {
  const tool = runtime.tools.get(name);
  if (tool !== undefined) return tool;
  const known = TOOLS.find((candidate) => candidate.name === name);
  const why = known === undefined ? null : absence(known, runtime.selection);
  if (why !== null) {
    const [code, message, hint] = WHY_ABSENT[why];
    throw new GpuError(code, `The tool ${name} does not exist here: ${message}`, { hint });
  }
  const names = [...runtime.tools.keys()];
  const near = names.find((one) => wordsOf(one) === wordsOf(name));
  throw new GpuError('not_found', 'There is no tool of that name.', {
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}The tools are: ${names.join(', ')}.`,
  });
}

const ruleOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
    ? `needed (${issue.expected})`
    : issue.message;

/**
 * The call with its arguments checked. Every fault is named in one message.
 * @throws GpuError `invalid_input`
 */
export function openCall(
  runtime: Runtime,
  tool: Tool,
  args: Record<string, unknown>,
  consent: { token: unknown; reply: unknown },
): OpenCall {
  const hidden = hiddenFields(tool, runtime.cloudIds);
  const known = Object.keys(tool.input.shape).filter((name) => !hidden.includes(name));
  const faults: string[] = Object.keys(args)
    .filter((name) => !known.includes(name))
    .map((name) => `${name.slice(0, 60)}: not an argument of ${tool.name}`);
  for (const [field, value] of [
    [TOKEN_FIELD, consent.token],
    [REPLY_FIELD, consent.reply],
  ] as const) {
    if (value === undefined || (tool.gated && typeof value === 'string')) continue;
    faults.push(`${field}: ${tool.gated ? 'must be a string' : `not an argument of ${tool.name}`}`);
  }
  if (consent.reply !== undefined && consent.token === undefined) {
    faults.push(`${REPLY_FIELD}: belongs to a ${TOKEN_FIELD}; without one, the plan comes first`);
  }
  try {
    const call = tool.open(args);
    if (faults.length === 0) return call;
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    for (const issue of error.issues) {
      // Unknown arguments at the top are named above already, together with those of other clouds.
      if (issue.code === 'unrecognized_keys' && issue.path.length === 0) continue;
      faults.push(`${issue.path.join('.') || 'arguments'}: ${ruleOf(issue)}`);
    }
  }
  throw new GpuError('invalid_input', `${faults.join('; ')}.`, {
    hint: `${tool.name} takes: ${known.join(', ') || 'no arguments'}. Nothing was sent.`,
  });
}
