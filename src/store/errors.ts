import { GpuError } from '../core/errors.ts';
import { LEAVE_SETTINGS } from '../core/settings-rule.ts';

/** The code of a system error, e.g. ENOENT; `unknown` of anything else. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown';

/** The store does not answer. The message names it without its password. */
export class StoreUnreachable extends GpuError {
  constructor(message: string) {
    super('upstream_unavailable', message, {
      hint: `Nothing that spends is sent until the store is back. Lists, stop_pod and delete_pod still work. ${LEAVE_SETTINGS}`,
    });
  }
}
