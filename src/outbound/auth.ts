import { GpuError } from '../core/errors.ts';
import type { Layer } from './send.ts';

const SENDABLE = /^[\t\u0020-\u007e\u0080-\u00ff]+$/;

/**
 * Adds the headers that carry the key. The innermost layer, so that nothing above ever sees the key.
 * @throws GpuError `not_configured` where the key cannot stand in a header.
 */
export const authLayer =
  (headers: Record<string, string>): Layer =>
  (next) =>
  async (call) => {
    if (!Object.values(headers).every((value) => SENDABLE.test(value))) {
      throw new GpuError(
        'not_configured',
        'The configured key has characters that cannot be sent in a header.',
        {
          hint: 'Set the key again, without line breaks or quotes around it.',
          cloud: call.cloud,
        },
      );
    }
    return next({ ...call, headers: { ...call.headers, ...headers } });
  };
