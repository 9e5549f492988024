import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { openRuntime } from '../../app.ts';
import { ConfigError, type Variable } from '../../config/read.ts';
import { dispatch } from '../../engine/dispatch.ts';
import type { CallResult } from '../../engine/result.ts';
import type { Reply, Session } from '../../engine/session.ts';
import { configure } from '../configure.ts';
import { type Interrupt, untilInterrupted } from '../terminal/interrupt.ts';
import { type Screen, screenOf } from '../terminal/screen.ts';
import { forPerson } from './call-text.ts';

/** The question; its last line, which says what to type, in bold. */
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

/** Asks at the terminal, on stderr so that stdout stays the result alone. */
const terminalSession = (stop: Interrupt, screen: Screen): Session => ({
  id: 'terminal',
  can_ask: process.stdin.isTTY === true && screen.isTerminal,
  ask: ({ message }) => ask(question(message, screen), stop),
});

/** The arguments as an object; `-` stands for stdin, so that no text needs a shell's quotes. @throws ConfigError */
async function readArguments(given: string): Promise<Record<string, unknown>> {
  const json = given === '-' ? await text(process.stdin) : given;
  try {
    const args: unknown = JSON.parse(json.trim() === '' ? '{}' : json);
    if (typeof args === 'object' && args !== null && !Array.isArray(args)) return { ...args };
  } catch {
    // Falls through to the same explanation as any other text that is not an object.
  }
  throw new ConfigError(`The arguments must be one JSON object, e.g. '{"limit": 5}'.`);
}

/** The words of a result; who just said no at the terminal has read the plan already. */
function wordsOf({ content, isError }: CallResult, atTerminal: boolean): string {
  const words = content.map((part) => (part.type === 'text' ? part.text : `(${part.type})`)).join('\n');
  return isError && atTerminal && /^declined: /m.test(words) ? (words.split('\nNext: ')[0] ?? words) : words;
}

/**
 * `gpu-cloud-mcp call`: one tool call through the same gate as any client's; a person at the terminal types the
 * challenge. Exit code 1 where the call failed or was not agreed to, 130 after Ctrl-C. @throws ConfigError
 */
export async function call(
  flags: Partial<Record<Variable, string>>,
  name: string,
  json: string,
  structured: boolean,
): Promise<void> {
  const args = await readArguments(json);
  const config = configure({ GPU_MCP_LOG_LEVEL: 'error', ...flags });
  // A token could not outlive this process, so without a terminal the call is refused instead.
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
      signal: stop.signal,
      progress: (_done, _total, message) =>
        process.stderr.write(`${aside.isTerminal ? forPerson(message, aside) : message}\n`),
    });
    const words = wordsOf(result, session.can_ask);
    // What a hosted model wrote is shown as it wrote it.
    const isOurs = result.isError || runtime.tools.get(name)?.effect !== 'use';
    const shown = screen.isTerminal && isOurs ? forPerson(words, screen, result.isError) : words;
    process.stdout.write(`${structured ? JSON.stringify(result.structuredContent, null, 2) : shown}\n`);
    if (result.isError) process.exitCode ??= 1;
  } finally {
    await close();
  }
}
