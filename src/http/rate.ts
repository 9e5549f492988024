import type { MiddlewareHandler } from 'hono';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { HttpEnv } from './exchange.ts';
import { refuse } from './reply.ts';

/** Counts what somebody does in a minute. */
export interface Rate {
  /** Counts one; null, or the seconds to wait if it is one too many. */
  take(key: string): Promise<number | null>;
}

/** At most `perMinute` a key and minute, in memory; a key is forgotten when its minute is over. */
export function createRate(perMinute: number): Rate {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return {
    async take(key) {
      try {
        await limiter.consume(key);
        return null;
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      }
    },
  };
}

/** Answers 429 to a caller who asks too often, with the seconds to wait. */
export const rateCheck =
  (rate: Rate): MiddlewareHandler<HttpEnv> =>
  async (c, next) => {
    const wait = await rate.take(c.get('caller')?.id ?? '');
    if (wait === null) return next();
    return refuse({
      status: 429,
      message: `Too many requests in a minute. Nothing was done; try again after ${wait} s.`,
      headers: { 'retry-after': String(wait) },
    });
  };
