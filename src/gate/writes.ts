import { GpuError } from '../core/errors.ts';

/** One call that may come to a write. */
export interface Sending {
  /** From now on the end of the process waits for this call. @throws GpuError `cancelled` if the process is ending */
  begin(): void;
  /** The call has ended, and its result was handed on. */
  end(): void;
}

/** The writes that this process is sending, so that its end can wait for them. */
export interface Writes {
  open(): Sending;
  /** Lets no further write begin. Resolves when those under way have ended. */
  close(): Promise<void>;
  count(): number;
}

const ending = (): GpuError =>
  new GpuError('cancelled', 'This server is ending, so nothing was sent.', {
    hint: 'Once the server runs again, ask for a new plan.',
  });

/** The writes of one credential. */
export function createWrites(): Writes {
  const underWay = new Set<Sending>();
  let isClosed = false;
  let idle = () => {};
  return {
    open() {
      const sending: Sending = {
        begin() {
          if (isClosed) throw ending();
          underWay.add(sending);
        },
        end() {
          if (underWay.delete(sending) && underWay.size === 0) idle();
        },
      };
      return sending;
    },
    async close() {
      isClosed = true;
      if (underWay.size === 0) return;
      await new Promise<void>((resolve) => {
        idle = resolve;
      });
    },
    count: () => underWay.size,
  };
}
