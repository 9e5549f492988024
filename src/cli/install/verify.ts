import { childEnv } from '../../config/read.ts';
import { type ConnectedClient, connectHttp, connectStdio } from '../../mcp/client.ts';
import type { Server } from './clients/client.ts';

/** npx may have to download the package first. */
const PATIENCE_MS = 120_000;

/** What a real handshake with the server came to. */
export type Verdict = { ok: true; tools: number } | { ok: false; problem: string };

type Env = Readonly<Record<string, string | undefined>>;

const given = (names: readonly string[], env: Env): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));

/** The last line that the server wrote for a person; its JSON log lines are not. */
function lastWords(stderr: string): string | null {
  const lines = stderr.split('\n').map((line) => line.trim());
  return lines.findLast((line) => line !== '' && !line.startsWith('{')) ?? null;
}

/** What went wrong, with the reason behind it: fetch alone only says that it failed. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

/**
 * Starts (or calls) the server exactly as the entry says, and lists its tools. `env` resolves the entry's references;
 * `path` is the PATH of the client, null if it is that of the shell.
 */
export async function verify(server: Server, env: Env, path: string | null = null): Promise<Verdict> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  let stderr = '';
  let client: ConnectedClient | null = null;
  try {
    if (server.kind === 'http') {
      const token = server.token === null ? undefined : env[server.token];
      const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
      client = await connectHttp({ url: server.url, headers }, signal);
    } else {
      const launch = {
        command: server.command,
        args: server.args,
        env: childEnv({
          ...(path !== null && { PATH: path }),
          ...given(server.references, env),
          ...server.values,
        }),
        onStderr: (text: string) => {
          stderr = `${stderr}${text}`.slice(-8000);
        },
      };
      client = await connectStdio(launch, () => null, signal);
    }
    return { ok: true, tools: (await client.tools()).length };
  } catch (error) {
    return { ok: false, problem: lastWords(stderr) ?? problemOf(error) };
  } finally {
    await client?.close().catch(() => {});
  }
}
