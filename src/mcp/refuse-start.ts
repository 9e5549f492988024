import { errorReply, requestIdOf } from '../engine/rpc.ts';
import { openPipe } from './pipe.ts';

/** Implementation-defined server error (JSON-RPC 2.0, section 5.1). */
const CANNOT_START = -32_000;

/**
 * Answers `initialize` and every other request on stdin with an error that says why the server cannot start and what to
 * do, so that a client shows the reason instead of a closed connection. Resolves when stdin ends.
 */
export async function refuseStart(reason: string): Promise<void> {
  // A client that closed its end has no use for the answer.
  process.stdout.on('error', () => {});
  const pipe = openPipe(process.stdin, process.stdout, (message) => {
    const id = requestIdOf(message);
    if (id !== null) void pipe.send(errorReply(id, CANNOT_START, reason));
  });
  await new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
  });
}
