import { readConfig } from '../../config/read.ts';
import { asGpuError, type GpuError } from '../../core/errors.ts';
import { safe } from '../terminal/safe.ts';
import type { Place } from './clients/client.ts';
import { KEYED_CLOUDS, type KnownKey } from './keys.ts';

/** What one read with a key came to. `ok` is null if the cloud could not be asked. */
export interface KeyTrial {
  ok: boolean | null;
  text: string;
}

const PATIENCE_MS = 10_000;
/** Codes that mean, without an HTTP status, that nobody answered. */
const OFFLINE: readonly string[] = ['upstream_unavailable', 'timeout'];

/** What went wrong, in the words of the error itself; patience that ran out is no answer. */
function causeOf(error: GpuError, patienceMs: number): string {
  if (error.code === 'cancelled') return `offline: no answer within ${patienceMs / 1000} seconds.`;
  const isOffline = error.status === null && OFFLINE.includes(error.code);
  return `${isOffline ? 'offline' : 'no clear answer'}: ${error.message}`;
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
  // A retry would use up the time there is and hide what the cloud said.
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

/** Tries each key once, side by side, within ten seconds. */
export const tryKeys = (
  keys: readonly KnownKey[],
  place: Place,
  patienceMs: number = PATIENCE_MS,
): Promise<KeyTrial[]> => Promise.all(keys.map((key) => tryKey(key, place, patienceMs)));
