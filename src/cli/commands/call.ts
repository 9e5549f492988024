import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { openRuntime } from '../../app.ts';
import { ConfigError, type SettingFlags } from '../../config/read.ts';
import { withoutSettingsRule } from '../../core/settings-rule.ts';
import { isObject } from '../../core/text.ts';
import { dispatch } from '../../engine/dispatch.ts';
import type { CallResult } from '../../engine/result.ts';
import type { Reply, Session } from '../../engine/session.ts';
import { TOOLS } from '../../tools/index.ts';
import { readPersonConfig } from '../person-config.ts';
import { type Interrupt, untilInterrupted } from '../terminal/exit.ts';
import { forPerson } from '../terminal/layout.ts';
import { type Screen, safe, safeJson, screenOf } from '../terminal/screen.ts';

/** The arguments of a tool, as JSON Schema. */
const shapeSchema = z.object({
  properties: z.record(z.string(), z.object({ type: z.string().optional() })).optional(),
});

const PAIR = /^([A-Za-z_][\w-]*)=([\s\S]*)$/;

/** One JSON object. @throws ConfigError */
function parseObject(json: string): Record<string, unknown> {
  try {
    const args: unknown = JSON.parse(json.trim() === '' ? '{}' : json);
    if (isObject(args)) return { ...args };
  } catch {
    // The error below covers this, too.
  }
  throw new ConfigError(
    `The arguments must be one JSON object, e.g. '{"limit": 5}', or pairs such as limit=5.`,
  );
}

/** A value as JSON if it is JSON of that kind; otherwise the text, which the tool itself checks. */
function parsed(value: string, fits: (found: unknown) => boolean): unknown {
  try {
    const found: unknown = JSON.parse(value);
    return fits(found) ? found : value;
  } catch {
    return value;
  }
}

/** One value in the type of the argument: numbers, true and false, lists with commas or as JSON, objects as JSON. */
function typed(value: string, type: string | undefined): unknown {
  if (type === 'number' || type === 'integer')
    return /^-?\d+(?:\.\d+)?$/.test(value.trim()) ? Number(value) : value;
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  if (type === 'array') {
    if (value.trim().startsWith('[')) return parsed(value, Array.isArray);
    return value === '' ? [] : value.split(',').map((part) => part.trim());
  }
  if (type === 'object') return parsed(value, (found) => typeof found === 'object' && found !== null);
  return value;
}

/**
 * The arguments of a call: pairs `name=value`, typed by the tool's schema, one JSON object, or both, the pairs winning;
 * `-` stands for an object on stdin, so that no text needs a shell's quotes. @throws ConfigError
 */
export async function readArguments(
  given: readonly string[],
  inputSchema: unknown,
): Promise<Record<string, unknown>> {
  const { properties = {} } = shapeSchema.safeParse(inputSchema).data ?? {};
  const pairs = new Map<string, unknown>();
  const objects: string[] = [];
  for (const word of given) {
    const [, name, value] = PAIR.exec(word) ?? [];
    if (name === undefined || value === undefined) objects.push(word);
    else if (pairs.has(name)) throw new ConfigError(`${name}: given twice.`);
    else pairs.set(name, typed(value, properties[name]?.type));
  }
  if (objects.length > 1)
    throw new ConfigError(
      'too many arguments: at most one JSON object, beside any number of name=value pairs.',
    );
  const [object = '{}'] = objects;
  const args = parseObject(object === '-' ? await text(process.stdin) : object);
  return { ...args, ...Object.fromEntries(pairs) };
}

/** The question, with its last line (what to type) in bold. */
function question(message: string, screen: Screen): string {
  const lines = forPerson(message, screen).split('\n');
  const last = lines.pop() ?? '';
  return [...lines, screen.paint('bold', last), 'Anything else means no.', '> '].join('\n');
}

/** Reads one line. Ctrl-C ends the call, Ctrl-D closes the question. */
async function ask(message: string, { signal, interrupt }: Interrupt): Promise<Reply> {
  const line = createInterface({ input: process.stdin, output: process.stderr });
  line.once('SIGINT', () => interrupt());
  try {
    return { kind: 'typed', text: await line.question(message, { signal }) };
  } catch (error) {
    if (signal.aborted) throw error;
    process.stderr.write('\n');
    return { kind: 'dismissed' };
  } finally {
    line.close();
  }
}

/** Asks at the terminal, on stderr, so that stdout has only the result. */
const terminalSession = (stop: Interrupt, screen: Screen): Session => ({
  id: 'terminal',
  can_ask: process.stdin.isTTY === true && screen.isTerminal,
  ask: ({ message }) => ask(question(message, screen), stop),
});

/** The next step if nobody can be asked: the advice for clients does not fit a shell. */
export const AT_SHELL = 'Next: Run it on a terminal, where a person is asked.';

/** The text of a result; without the plan for a person who has just declined it. */
function wordsOf({ content, isError }: CallResult, atTerminal: boolean): string {
  const words = content.map((part) => (part.type === 'text' ? part.text : `(${part.type})`)).join('\n');
  if (!isError) return words;
  if (atTerminal)
    return withoutSettingsRule(/^declined: /m.test(words) ? (words.split('\nNext: ')[0] ?? words) : words);
  return /^confirmation_required: /m.test(words) ? words.replace(/^Next: .*$/m, AT_SHELL) : words;
}

/** The input schema of a tool; empty for an unknown tool, which the call itself refuses. */
function inputOf(name: string): unknown {
  const tool = TOOLS.find((one) => one.name === name);
  return tool === undefined ? null : z.toJSONSchema(tool.input, { io: 'input', unrepresentable: 'any' });
}

/**
 * `gpu-cloud-mcp call`: one tool call through the same gate as any client's; a person at the terminal types the
 * challenge. Exit code 1 if the call failed or was not agreed to, 130 after Ctrl-C. @throws ConfigError
 */
export async function call(
  flags: SettingFlags,
  name: string,
  given: readonly string[],
  structured: boolean,
): Promise<void> {
  const args = await readArguments(given, inputOf(name));
  const config = readPersonConfig(flags);
  // Without a terminal there is no person, so the call is refused unless a token is asked for by a flag.
  const confirm = config.confirm === 'auto' ? 'human' : config.confirm;
  const { runtime, close } = await openRuntime({ ...config, confirm });
  const stop = untilInterrupted();
  const screen = screenOf(process.stdout);
  const aside = screenOf(process.stderr);
  const session = terminalSession(stop, aside);
  try {
    const result = await dispatch(runtime, {
      name,
      args,
      session,
      results: structured ? 'both' : 'text',
      signal: stop.signal,
      progress: (_done, _total, message) =>
        process.stderr.write(`${aside.isTerminal ? forPerson(message, aside) : safe(message)}\n`),
    });
    const words = wordsOf(result, session.can_ask);
    // Text of a hosted model keeps its lines, however long.
    const isOurs = result.isError || runtime.tools.get(name)?.effect !== 'use';
    const shown = screen.isTerminal && isOurs ? forPerson(words, screen, result.isError) : safe(words);
    process.stdout.write(`${structured ? safeJson(result.structuredContent, 2) : shown}\n`);
    if (result.isError) process.exitCode ??= 1;
  } finally {
    await close();
  }
}
