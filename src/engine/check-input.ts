import * as z from 'zod';
import { clean } from '../core/text.ts';
import type { OpenCall, Tool } from '../tools/tool.ts';
import { readInput } from './input.ts';
import { meantArgument } from './meant.ts';

const ruleOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
    ? `needed (${issue.expected})`
    : issue.message;

/** Max number of unknown arguments that are checked and named. */
const MAX_STRANGERS = 20;

/** The call, if its arguments can be read at all; and every fault of them, one message each. */
interface Checked {
  call: OpenCall | null;
  faults: string[];
}

const unknownFault = (tool: Tool, name: string, meant: string | null): string =>
  `${clean(name, 60)}: not an argument of ${tool.name}${meant === null ? '' : ` (did you mean ${meant}?)`}`;

/** Reads the arguments of a call and opens it. `known`: the arguments that the tool has here. */
export function checkInput(
  tool: Tool,
  known: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Checked {
  const strangers = Object.keys(given).filter((name) => !known.includes(name));
  const named = strangers.slice(0, MAX_STRANGERS);
  const meant = new Map(named.map((name) => [name, meantArgument(name, known)]));
  const { args, faults: unread } = readInput(tool.input, given);
  const faults = new Map(
    [...meant].map(([name, right]): [string, string] => [name, unknownFault(tool, name, right)]),
  );
  for (const [path, rule] of unread) faults.set(path, `${path}: ${rule}`);
  let call: OpenCall | null = null;
  try {
    call = tool.open(args);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    for (const issue of error.issues) {
      // Unknown arguments at the top are named above already, together with those of other clouds.
      if (issue.code === 'unrecognized_keys' && issue.path.length === 0) continue;
      const path = issue.path.join('.') || 'arguments';
      // A needed argument that came under another name is one fault, not two.
      const isMeant = [...meant.values()].includes(path);
      if (!faults.has(path) && !isMeant) faults.set(path, `${path}: ${ruleOf(issue)}`);
    }
  }
  const more = strangers.length - named.length;
  if (more > 0) faults.set(' more', `${more} more that are no arguments of ${tool.name}`);
  return { call, faults: [...faults.values()] };
}
