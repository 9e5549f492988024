import { GpuError } from '../core/errors.ts';
import { SAYS } from './messages.ts';

/** One call that may send a write. */
export interface Sending {
  /** Lets the end of the process wait for this call. @throws GpuError `cancelled` if the process is ending */
  begin(): void;
  /** The call has ended, and its result was returned. */
  end(): void;
}

/** The writes that this process is sending, so that its end can wait for them. */
export interface Writes {
  open(): Sending;
  /** Lets no further write begin. Resolves when the running ones have ended. */
  close(): Promise<void>;
  count(): number;
}

const endingError = (): GpuError => new GpuError('cancelled', SAYS.ending, { hint: SAYS.ending_next });

/** The writes of one credential. */
export function createWrites(): Writes {
  const underWay = new Set<Sending>();
  let closed: Promise<void> | null = null;
  let idle = () => {};
  return {
    open() {
      const sending: Sending = {
        begin() {
          if (closed !== null) throw endingError();
          underWay.add(sending);
        },
        end() {
          if (underWay.delete(sending) && underWay.size === 0) idle();
        },
      };
      return sending;
    },
    close() {
      closed ??= new Promise((resolve) => {
        if (underWay.size === 0) resolve();
        else idle = resolve;
      });
      return closed;
    },
    count: () => underWay.size,
  };
}
