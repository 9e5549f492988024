import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A connection between a server and its database that a test can cut or slow down. */
export interface Link {
  port: number;
  /** Closes all connections and accepts no new one, until it is mended. */
  cut(): void;
  mend(): void;
  /** Lets nothing through any more and ends nothing, as a cable that is pulled. */
  freeze(): void;
  /** The delay of every piece, milliseconds. */
  slow(ms: number): void;
  close(): Promise<void>;
}

/** Listens on loopback and passes everything on to a unix socket. */
export async function startLink(socketPath: string): Promise<Link> {
  const open = new Set<Socket>();
  let [isCut, isFrozen, delay] = [false, false, 0];
  const pass = (from: Socket, to: Socket) => {
    from.on('data', (piece) => {
      if (isFrozen) return;
      if (delay === 0) to.write(piece);
      else setTimeout(() => to.writable && to.write(piece), delay);
    });
    from.on('close', () => {
      open.delete(from);
      to.destroy();
    });
    from.on('error', () => to.destroy());
    open.add(from);
  };
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect({ path: socketPath });
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const end = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      end();
    },
    freeze() {
      isFrozen = true;
    },
    mend() {
      isCut = false;
      isFrozen = false;
    },
    slow(ms) {
      delay = ms;
    },
    close: () =>
      new Promise((resolve) => {
        end();
        server.close(() => resolve());
      }),
  };
}
