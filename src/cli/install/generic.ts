import { ConfigError } from '../../config/read.ts';
import { safe } from '../terminal/safe.ts';
import type { JsonObject, Place } from './clients/client.ts';
import { CLIENT_IDS, nearClients } from './clients/index.ts';
import { DEFAULT_NAME, launchOf } from './entry.ts';
import { KEYED_CLOUDS } from './keys.ts';
import type { Target } from './plan.ts';

/** The name that asks for an entry to paste, for any client. */
export const GENERIC = 'other';

function entryOf(target: Target, script: string, { platform }: Place): JsonObject {
  if (target.kind === 'http') return { url: target.url };
  const { command, args, values } = launchOf(script, platform);
  if (target.kind === 'sandbox') return { command, args: [...args, 'serve', '--sandbox'] };
  const keys = KEYED_CLOUDS.map(({ variable }) => [
    `${variable}_FILE`,
    '/path/to/a/file/that/holds/only/the/key',
  ]);
  return { command, args, env: { ...values, ...Object.fromEntries(keys) } };
}

/**
 * An entry to paste into a client that the installer does not know: the form that most clients share.
 * @throws ConfigError if the name is near to that of a known client
 */
export function genericText(name: string, target: Target, script: string, place: Place): string {
  const near = nearClients(name);
  if (name !== GENERIC && near.length > 0)
    throw new ConfigError(
      `"${safe(name)}" is not a client that this installer knows. Did you mean ${near.join(' or ')}? Known: ${CLIENT_IDS}; "${GENERIC}" prints an entry to paste.`,
    );
  const head =
    name === GENERIC
      ? 'Most clients take this entry:'
      : `"${safe(name)}" is not a client that this installer knows (${CLIENT_IDS}), so nothing was written. Most clients take this entry:`;
  const entry = JSON.stringify({ mcpServers: { [DEFAULT_NAME]: entryOf(target, script, place) } }, null, 2);
  return `${head}\n\n${entry}\n\nSome call the table "servers" or "mcp", or want a "type": see the manual of the client.`;
}
