import type { Proxies } from '../clouds/index.ts';
import { ConfigError } from './errors.ts';
import type { Env } from './given.ts';
import { blankToNone } from './values.ts';

/** A variable in any case; the one in lower case wins, as in curl. */
const either = (env: Env, name: string): string | undefined =>
  [name.toLowerCase(), ...Object.keys(env).filter((key) => key.toUpperCase() === name)]
    .map((key) => blankToNone(env[key]))
    .find((value) => value !== undefined);

function readOne(env: Env, name: string): string | undefined {
  const given = either(env, name);
  if (given === undefined) return undefined;
  const url = given.includes('://') ? given : `http://${given}`;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new ConfigError(
    `${name}: the address of the proxy cannot be used. It must look like http://host:port, with user:password@ before the host if needed.`,
  );
}

/**
 * The proxies on the way to the clouds, as the usual variables of every program name them.
 * @throws ConfigError for an address that is no proxy's; it is not repeated, because it may hold a password
 */
export const readProxies = (env: Env): Proxies => ({
  https: readOne(env, 'HTTPS_PROXY'),
  http: readOne(env, 'HTTP_PROXY'),
  none: either(env, 'NO_PROXY'),
});
