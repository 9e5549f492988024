import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { openRuntime } from '../app.ts';
import { ConfigError, readConfig, type Variable } from '../config.ts';
import type { Session } from '../gate/deps.ts';
import { dispatch } from '../server/dispatch.ts';
import { createPaint, wantsColour } from './paint.ts';

/** The question with its last line, which says what to type, in bold. */
function emphasised(message: string): string {
  const paint = createPaint(wantsColour(process.stderr.isTTY === true));
  const [last = '', ...before] = message.split('\n').reverse();
  return [...before.reverse(), paint('bold', last)].join('\n');
}

/** Asks at the terminal, on stderr so that stdout stays the result alone. */
const terminalSession = (signal: AbortSignal): Session => ({
  id: 'terminal',
  can_ask: process.stdin.isTTY === true && process.stderr.isTTY === true,
  async ask(message) {
    const line = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return { kind: 'typed', text: await line.question(`${emphasised(message)}\n> `, { signal }) };
    } finally {
      line.close();
    }
  },
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

/**
 * `gpu-cloud-mcp call`: one tool call through the same gate as any client's; a person at the terminal types the
 * challenge. Exit code 1 where the call failed or was not agreed to. @throws ConfigError
 */
export async function call(
  flags: Partial<Record<Variable, string>>,
  name: string,
  json: string,
  structured: boolean,
): Promise<void> {
  const args = await readArguments(json);
  const config = readConfig({ GPU_MCP_LOG_LEVEL: 'error', ...flags });
  // A token could not outlive this process, so without a terminal the call is refused instead.
  const confirm = config.confirm === 'auto' ? 'human' : config.confirm;
  const { runtime, close } = await openRuntime({ ...config, confirm });
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  try {
    const result = await dispatch(runtime, {
      name,
      args,
      session: terminalSession(stop.signal),
      signal: stop.signal,
      progress: (_done, _total, message) => process.stderr.write(`${message}\n`),
    });
    const words = result.content
      .map((part) => (part.type === 'text' ? part.text : `(${part.type})`))
      .join('\n');
    process.stdout.write(`${structured ? JSON.stringify(result.structuredContent, null, 2) : words}\n`);
    if (result.isError) process.exitCode = 1;
  } finally {
    await close();
  }
}
