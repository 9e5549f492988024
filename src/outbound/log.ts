import { GpuError, isCode } from '../core/errors.ts';
import { type Redact, redactDeep } from './redact.ts';
import type { Call, Layer, RestDeps, Trace } from './send.ts';

const levelOf = (call: Call, error: unknown): 'debug' | 'info' | 'warn' => {
  if (error !== null) return isCode(error, 'cancelled') ? 'info' : 'warn';
  return call.repeatable ? 'debug' : 'info';
};

/**
 * One event for each call, however often it was sent: cloud, method, declared route, status, duration, attempts, and
 * the error code if it failed. Never ids, queries, headers or bodies.
 */
export const logLayer =
  ({ log, monotonic }: Pick<RestDeps, 'log' | 'monotonic'>, redact: Redact): Layer =>
  (next) =>
  async (given) => {
    const trace: Trace = given.trace ?? { status: null, attempts: 0 };
    const call = { ...given, trace };
    const started = monotonic();
    const report = (error: unknown) => {
      const event = {
        cloud: call.cloud,
        method: call.method,
        route: call.route,
        status: trace.status,
        ms: Math.round(monotonic() - started),
        attempts: trace.attempts,
        ...(error === null ? {} : { code: error instanceof GpuError ? error.code : 'unmapped' }),
      };
      const safe = Object.fromEntries(Object.entries(event).map(([k, v]) => [k, redactDeep(redact, v)]));
      log({ level: levelOf(call, error), msg: 'cloud call', ...safe });
    };
    try {
      const reply = await next(call);
      trace.status ??= reply.status;
      report(null);
      return reply;
    } catch (error) {
      report(error);
      throw error;
    }
  };
