import { isoSeconds } from '../clock.ts';
import { VOLT_CODES, VOLT_RATE } from '../constants.ts';
import { type ApiDeclaration, Refusal } from '../endpoint.ts';
import type { World } from '../world.ts';
import { accountEndpoints } from './account.ts';
import { jobEndpoints } from './jobs.ts';
import { podEndpoints } from './pods.ts';
import { envelope, reshape, withoutJobs } from './reply.ts';
import { templateEndpoints } from './templates.ts';

/** Volt: the exact `X-API-Key` and the hourly limit of that key (Volt API Reference, Authentication). */
function authenticateVolt(headers: Record<string, string | undefined>, world: World): void {
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
      { retryAfter: String(wait) },
    );
  key.last_used = isoSeconds(now);
}

/** Volt: 27 methods and paths, 28 documented blocks (POST /pods has two). */
export const volt: ApiDeclaration = {
  api: 'volt',
  endpoints: [...podEndpoints, ...accountEndpoints, ...templateEndpoints, ...jobEndpoints.map(withoutJobs)],
  authenticate: authenticateVolt,
  envelope,
  reshape,
};
