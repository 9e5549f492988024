import { createHmac, timingSafeEqual } from 'node:crypto';
import { isoSeconds } from './clock.ts';
import { INFERENCE_RATE, JWT_SECONDS, NEBULA_LOGIN, VOLT_CODES, VOLT_RATE } from './constants.ts';
import type { Caller } from './endpoint.ts';
import { Refusal } from './refusal.ts';
import type { World } from './world.ts';

type Headers = Record<string, string | undefined>;

/** Volt: the exact `X-API-Key` and the hourly limit of that key (Volt API Reference, Authentication). */
export function authenticateVolt(headers: Headers, world: World): Caller {
  const given = headers['x-api-key'];
  if (given === undefined || given === '')
    throw new Refusal(401, VOLT_CODES.missing_key, 'Missing API key. Set the X-API-Key header.');
  const key = world.volt.api_keys.find((candidate) => candidate.key === given);
  if (!key)
    throw new Refusal(
      401,
      VOLT_CODES.invalid_key,
      'Invalid API key. Generate a new key at Dashboard > API Keys.',
    );
  const now = world.clock.now();
  const wait = world.rates.count(`volt ${key.id}`, now, VOLT_RATE);
  if (wait > 0)
    throw new Refusal(
      429,
      VOLT_CODES.rate,
      'Rate limit exceeded (1,000 req/hour). Wait for the Retry-After period.',
      {
        retryAfter: String(wait),
      },
    );
  key.last_used = isoSeconds(now);
  return { key: key.id };
}

/** Nebula: `Authorization: Bearer <key or token>`. */
export function authenticateNebula(headers: Headers, world: World): Caller {
  const given = /^Bearer ([^\s]+)$/.exec(headers.authorization ?? '')?.[1];
  if (given === undefined) throw new Refusal(401, 'UNAUTHORIZED', 'Missing bearer token or API key');
  const key = world.nebula.api_keys.find((candidate) => candidate.key === given);
  if (key) return { key: String(key.id) };
  if (!isLiveToken(given, world)) throw new Refusal(401, 'UNAUTHORIZED', 'Invalid token or API key');
  return { key: 'login' };
}

/** Inference: the same credentials plus the requests per minute of the account's tier. */
export function authenticateInference(headers: Headers, world: World): Caller {
  const caller = authenticateNebula(headers, world);
  const wait = world.rates.count('inference', world.clock.now(), INFERENCE_RATE);
  if (wait > 0)
    throw new Refusal(429, 'RATE_LIMITED', 'Rate limit of your tier exceeded', { retryAfter: String(wait) });
  return caller;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sign = (text: string, secret: string) => createHmac('sha256', secret).update(text).digest('base64url');

/** A signed token that is good for two hours of sandbox time. */
export function issueToken(world: World): string {
  const issued = Math.floor(world.clock.now() / 1000);
  const claims = { sub: String(NEBULA_LOGIN.user_id), iat: issued, exp: issued + JWT_SECONDS };
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${sign(text, world.nebula.jwt_secret)}`;
}

function isLiveToken(token: string, world: World): boolean {
  const [head, claims, signature, extra] = token.split('.');
  if (head === undefined || claims === undefined || signature === undefined || extra !== undefined)
    return false;
  const expected = Buffer.from(sign(`${head}.${claims}`, world.nebula.jwt_secret));
  const given = Buffer.from(signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return false;
  const { exp }: { exp: number } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  return world.clock.now() < exp * 1000;
}
