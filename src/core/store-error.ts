import { GpuError } from './errors.ts';
import { LEAVE_SETTINGS } from './settings-rule.ts';

/** The store does not answer. The message names it without its password. */
export class StoreUnreachable extends GpuError {
  constructor(message: string) {
    super('upstream_unavailable', message, {
      hint: `Nothing that spends is sent until the store is back. Lists, stop_pod and delete_pod still work. ${LEAVE_SETTINGS}`,
    });
  }
}
