import { readConfig } from '../../config/read.ts';
import { asGpuError } from '../../core/errors.ts';
import { safe } from '../terminal/safe.ts';
import type { Place } from './clients/client.ts';
import { KEYED_CLOUDS, type KnownKey } from './keys.ts';

/** What one read with a key came to. `ok` is null if the cloud could not be asked. */
export interface KeyTrial {
  ok: boolean | null;
  text: string;
}

const PATIENCE_MS = 10_000;
const NOT_TRIED: readonly string[] = ['upstream_unavailable', 'timeout', 'cancelled', 'rate_limited'];

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
  const { runtime, close } = await openRuntime(readConfig({ GPU_MCP_LOG_LEVEL: 'silent' }, own));
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
    const { code, message } = asGpuError(error);
    if (code === 'unauthorized' || code === 'forbidden')
      return { ok: false, text: `${title}: the key is refused. Get another: ${known?.dashboard ?? title}.` };
    const reason = NOT_TRIED.includes(code) ? 'offline' : 'no clear answer';
    return {
      ok: null,
      text: `${title}: the key was not tried (${reason}: ${safe(runtime.redact(message))})`,
    };
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
