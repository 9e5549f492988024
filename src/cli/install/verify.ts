import { childEnv, type Env, readConfig } from '../../config/read.ts';
import { asGpuError, type GpuError } from '../../core/errors.ts';
import { type ConnectedClient, connectHttp, connectStdio } from '../../mcp/client.ts';
import { safe } from '../terminal/screen.ts';
import type { Place, Server } from './clients/client.ts';
import { KEYED_CLOUDS, type KnownKey } from './keys.ts';

/** npx may have to download the package first. */
const HANDSHAKE_MS = 120_000;

/** The result of a real handshake with the server. */
export type Verdict = { ok: true; tools: number } | { ok: false; problem: string };

const given = (names: readonly string[], env: Env): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));

/** The last line that the server wrote for a person, without its JSON log lines. */
function lastWords(stderr: string): string | null {
  const lines = stderr.split('\n').map((line) => line.trim());
  return lines.findLast((line) => line !== '' && !line.startsWith('{')) ?? null;
}

/** An error with its cause, because `fetch` itself only reports that it failed. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

/**
 * Starts (or calls) the server exactly as the entry says, and lists its tools. `env` resolves the entry's references;
 * `path` is the PATH of the client, null if it is that of the shell.
 */
export async function verify(server: Server, env: Env, path: string | null = null): Promise<Verdict> {
  const signal = AbortSignal.timeout(HANDSHAKE_MS);
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

/** The result of one read with a key. `ok` is null if the cloud could not be reached. */
export interface KeyTrial {
  ok: boolean | null;
  text: string;
}

/** The first word about a cloud that did not answer. */
export const OFFLINE_WORD = 'offline';

const READ_MS = 10_000;
/** Codes that mean, without an HTTP status, that the cloud did not answer. */
const OFFLINE: readonly string[] = ['upstream_unavailable', 'timeout'];

/** The message of an error; a timeout counts as no answer. */
function causeOf(error: GpuError, patienceMs: number): string {
  if (error.code === 'cancelled') return `${OFFLINE_WORD}: no answer within ${patienceMs / 1000} seconds.`;
  const isOffline = error.status === null && OFFLINE.includes(error.code);
  return `${isOffline ? OFFLINE_WORD : 'no clear answer'}: ${error.message}`;
}

/** Makes one read with a key: the balance if the cloud reports it, else the list of pods. Nothing is written anywhere. */
async function tryKey({ cloud, key }: KnownKey, { env }: Place, patienceMs: number): Promise<KeyTrial> {
  const known = KEYED_CLOUDS.find(({ id }) => id === cloud);
  const title = known?.title ?? cloud;
  const own: Place['env'] = {
    ...Object.fromEntries(
      Object.entries(env).filter(([name]) => !/_API_KEY(?:_FILE)?$|^GPU_MCP_/.test(name)),
    ),
    [known?.variable ?? '']: key,
  };
  const { openRuntime } = await import('../../app.ts');
  // A retry would use up the time and hide the cloud's answer.
  const config = readConfig({ GPU_MCP_LOG_LEVEL: 'silent' }, own);
  const { runtime, close } = await openRuntime(config, { maxRetries: 0 });
  const io = { signal: AbortSignal.timeout(patienceMs), fresh: true };
  try {
    const { billing, pods } = runtime.clouds.get(cloud);
    if (billing === undefined) {
      await pods.list(io);
      return { ok: true, text: `${title}: the key is accepted (its API does not report the balance).` };
    }
    const { usd } = await billing.balance(io);
    const balance = usd === null ? 'balance unknown' : `balance $${usd.toFixed(2)}`;
    return { ok: true, text: `${title}: the key is accepted, ${balance}.` };
  } catch (error) {
    const fault = asGpuError(error);
    const shown = (text: string): string => safe(runtime.redact(text));
    if (fault.code === 'unauthorized')
      return { ok: false, text: `${title}: the key is refused. Get another: ${known?.dashboard ?? title}.` };
    if (fault.code === 'forbidden')
      return {
        ok: false,
        text: shown(`${title}: the key may not do this. ${fault.message} ${fault.hint ?? ''}`),
      };
    return { ok: null, text: shown(`${title}: the key was not tried (${causeOf(fault, patienceMs)})`) };
  } finally {
    await close();
  }
}

/** Tries each key once, all at the same time, within ten seconds. */
export const tryKeys = (
  keys: readonly KnownKey[],
  place: Place,
  patienceMs: number = READ_MS,
): Promise<KeyTrial[]> => Promise.all(keys.map((key) => tryKey(key, place, patienceMs)));
