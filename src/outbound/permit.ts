import { GpuError } from '../core/errors.ts';
import { isLive } from '../core/permit.ts';
import type { Layer } from './send.ts';

/** Lets what is not repeatable through only with a live permit of the gate. @throws GpuError `forbidden`. */
export const permitLayer: Layer = (next) => async (call) => {
  if (!call.repeatable && !isLive(call.io.permit)) {
    throw new GpuError('forbidden', "Nothing was sent: no write leaves without the gate's permit.", {
      hint: 'This is a fault of the server, not of the call; please report it.',
      cloud: call.cloud,
    });
  }
  return next(call);
};
