import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { type CallToolResult, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { RunningSandbox } from '../src/sandbox/serve.ts';
import { challengeOf } from './challenge.ts';
import { SECRETS, settingsFor } from './testbed.ts';

/** A server as a process of its own, with a client whose person types what is asked. */
export interface ServerProcess {
  call(name: string, args?: Record<string, unknown>): Promise<CallToolResult>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  close(): Promise<void>;
  stderr(): string;
  pid: number;
  /** The messages of all questions, in order. */
  asked: string[];
}

/** Starts `serve` on a sandbox and a state directory, and connects to it over stdio. */
export async function startServer(
  binary: string,
  sandbox: RunningSandbox,
  stateDir: string,
  config: Record<string, string> = {},
): Promise<ServerProcess> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [binary, 'serve'],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: stateDir,
      ...settingsFor(sandbox, stateDir),
      ...SECRETS,
      ...config,
    },
    stderr: 'pipe',
  });
  let stderr = '';
  transport.stderr?.on('data', (piece: Buffer) => {
    stderr += piece.toString();
  });
  const client = new Client({ name: 'bench', version: '1' }, { capabilities: { elicitation: { form: {} } } });
  const asked: string[] = [];
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push(params.message);
    return { action: 'accept' as const, content: { confirm: challengeOf(params.message) } };
  });
  await client.connect(transport);
  const { pid } = transport;
  return {
    call: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as CallToolResult,
    async kill() {
      const closed = new Promise<void>((resolve) => {
        client.onclose = resolve;
      });
      if (pid !== null) process.kill(pid, 'SIGKILL');
      await closed;
    },
    close: () => client.close(),
    stderr: () => stderr,
    pid: pid ?? 0,
    asked,
  };
}

/** Waits until something holds; rejects after `ms`. */
export async function until(holds: () => boolean, ms: number, what: string): Promise<void> {
  const started = performance.now();
  while (!holds()) {
    if (performance.now() - started > ms) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
