import * as z from 'zod';
import type { Io, ReadingMark } from '../core/cloud.ts';
import { GpuError } from '../core/errors.ts';
import { clean, isObject } from '../core/text.ts';
import { keyOf } from '../gate/tickets.ts';
import { absence, TOOLS } from '../tools/index.ts';
import type { OpenCall, Tool } from '../tools/tool.ts';
import { FOR_GATE } from './context.ts';
import { hiddenFields, readInput } from './input.ts';
import { meantArgument, meantTool } from './meant.ts';
import { ABSENT_SAYS, INPUT_SAYS, REPLY_FIELD, TOKEN_FIELD } from './messages.ts';
import { hasNames, type SpentThing, withRefs } from './names.ts';
import type { Runtime } from './runtime.ts';

const isMissing = (args: unknown, path: readonly PropertyKey[]): boolean =>
  path.reduce(
    (value: unknown, key) => (isObject(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined),
    args,
  ) === undefined;

function ruleOf(issue: z.core.$ZodIssue, args: unknown): string {
  if (!isMissing(args, issue.path)) return issue.message;
  if (issue.code === 'invalid_value') return INPUT_SAYS.needed(`one of ${issue.values.join(', ')}`);
  return issue.code === 'invalid_type' ? INPUT_SAYS.needed(issue.expected) : issue.message;
}

/** Max unknown arguments that are checked and named. */
const MAX_UNKNOWN = 20;

/** The call, null if its arguments cannot be read; and one message for each of their faults. */
interface Checked {
  call: OpenCall | null;
  faults: string[];
}

const unknownFault = (tool: Tool, name: string, meant: string | null): string =>
  `${clean(name, 60)}: ${INPUT_SAYS.no_argument(tool.name, meant)}`;

/** Reads the arguments of a call and opens it. `known`: the arguments that the tool has here. */
function checkInput(tool: Tool, known: readonly string[], given: Readonly<Record<string, unknown>>): Checked {
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  const named = unknown.slice(0, MAX_UNKNOWN);
  const meant = new Map(named.map((name) => [name, meantArgument(name, known)]));
  const { args, faults: unread } = readInput(tool.input, given, tool.effect === 'read');
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
      // Unknown arguments of the call itself have their faults already, together with those of other clouds.
      if (issue.code === 'unrecognized_keys' && issue.path.length === 0) continue;
      const path = issue.path.join('.') || 'arguments';
      // A required argument that came under another name is one fault, not two.
      const isMeant = [...meant.values()].includes(path);
      if (!faults.has(path) && !isMeant) faults.set(path, `${path}: ${ruleOf(issue, args)}`);
    }
  }
  const more = unknown.length - named.length;
  if (more > 0) faults.set(' more', INPUT_SAYS.more_arguments(more, tool.name));
  return { call, faults: [...faults.values()] };
}

/** @throws GpuError `not_found`, or why the tool is absent here */
export function findTool(runtime: Runtime, name: string): Tool {
  const tool = runtime.tools.get(name);
  if (tool !== undefined) return tool;
  const known = TOOLS.find((candidate) => candidate.name === name);
  const why = known === undefined ? null : absence(known, runtime.selection);
  if (why !== null) {
    const [message, hint] = ABSENT_SAYS[why];
    const code = why === 'toolset' ? 'not_configured' : why;
    throw new GpuError(code, INPUT_SAYS.absent(name, message), { hint });
  }
  const names = [...runtime.tools.keys()];
  const near = meantTool(name, [...runtime.tools.values()]);
  throw new GpuError('not_found', INPUT_SAYS.no_tool, { hint: INPUT_SAYS.no_tool_next(near, names) });
}

/** True if the arguments of a tool may hold images, so that a call of it may be large. */
export const takesImages = (name: unknown): boolean =>
  TOOLS.some((tool) => tool.name === name && tool.takesImages);

/** Max faults that one message names. */
const MAX_FAULTS = 30;

/** What a call hands back for its consent. */
interface GivenConsent {
  /** The two arguments, unchecked. */
  token: unknown;
  reply: unknown;
  /** The call answers a form: it has `requestState`. */
  isReturned: boolean;
  /** The token of the ticket that is answered, by the argument or by a form; null if there is none. */
  ticket: string | null;
}

/**
 * The call with its arguments checked. Every fault is named in one message.
 * @throws GpuError `invalid_input`
 */
function openCall(
  runtime: Runtime,
  tool: Tool,
  args: Record<string, unknown>,
  consent: Omit<GivenConsent, 'ticket'>,
): OpenCall {
  const hidden = hiddenFields(tool, runtime.clouds.all());
  const known = Object.keys(tool.input.shape).filter((name) => !hidden.includes(name));
  const { call, faults } = checkInput(tool, known, args);
  for (const [field, value] of [
    [TOKEN_FIELD, consent.token],
    [REPLY_FIELD, consent.reply],
  ] as const) {
    if (value === undefined || (tool.gated && typeof value === 'string')) continue;
    faults.push(`${field}: ${tool.gated ? INPUT_SAYS.no_string : INPUT_SAYS.no_argument(tool.name, null)}`);
  }
  if (consent.reply !== undefined && consent.token === undefined) {
    faults.push(`${REPLY_FIELD}: ${INPUT_SAYS.reply_alone}`);
  }
  if (consent.isReturned && !tool.gated) {
    faults.push(`requestState: ${INPUT_SAYS.state_unasked(tool.name)}`);
  } else if (consent.isReturned && consent.token !== undefined) {
    faults.push(`requestState: ${INPUT_SAYS.state_and_token}`);
  }
  if (call !== null && faults.length === 0) return call;
  const more = faults.length - MAX_FAULTS;
  const shown = [...faults.slice(0, MAX_FAULTS), ...(more > 0 ? [INPUT_SAYS.more_faults(more)] : [])];
  throw new GpuError('invalid_input', `${shown.join('; ')}.`, {
    hint: INPUT_SAYS.takes(tool.name, known),
  });
}

/** A call with a ref for every thing, and the reading that its names were looked up in. */
export interface NamedCall {
  call: OpenCall;
  reading: ReadingMark;
  /** When the look-up began, milliseconds (wall clock); null if nothing was read. */
  named_at: number | null;
  /** The input with a ref for every thing; null if it named everything by its ref. */
  found: FoundInput | null;
}

/** An input whose names were looked up. */
export type FoundInput = Readonly<Record<string, unknown>>;

/**
 * Opens a call with a ref for every thing, so that tickets and plans are about things and not about names. `found`: what an
 * earlier step of the request looked up.
 */
export async function openNamed(
  runtime: Runtime,
  { signal, found: known = null }: { signal: AbortSignal; found?: FoundInput | null },
  tool: Tool,
  args: Record<string, unknown>,
  consent: GivenConsent,
): Promise<NamedCall> {
  const call = openCall(runtime, tool, args, consent);
  const reading: ReadingMark = { of: tool.name };
  if (!hasNames(tool, call.input)) return { call, reading, named_at: null, found: null };
  const isRead = tool.effect === 'read';
  const options = { ...(isRead ? {} : FOR_GATE), reading };
  const io: Io = { signal, ...options };
  const named_at = known === null ? runtime.now().getTime() : null;
  const found =
    known ??
    (await withRefs(tool, call.input, {
      clouds: runtime.clouds.all(),
      io,
      hidden: runtime.selection.toolsets.has('jobs') ? [] : ['job'],
      needsAll: !isRead,
      spent: consent.ticket === null ? [] : await spentThings(runtime, consent.ticket),
    }));
  return { call: openCall(runtime, tool, { ...found }, consent), reading, named_at, found };
}

/** The things that a ticket was used for: one, or all of a plan with parts. */
async function spentThings(runtime: Runtime, token: string): Promise<SpentThing[]> {
  const ticket = await runtime.gate.store.tickets.find(keyOf(token));
  if (ticket === null || ticket.state === 'live') return [];
  const { plan, head, parts } = ticket.agreed;
  return [{ ref: plan.ref, name: head?.name ?? null }, ...parts].flatMap(({ ref, name }) =>
    ref === null ? [] : [{ ref, name: name ?? null }],
  );
}
