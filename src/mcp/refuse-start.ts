import { createInterface } from 'node:readline';

/** Implementation-defined server error (JSON-RPC 2.0, section 5.1). */
const CANNOT_START = -32_000;

/** The id of a request; null for a notification, a reply, or what is no JSON-RPC. */
function idOf(line: string): string | number | null {
  try {
    const message: unknown = JSON.parse(line.replace(/^\uFEFF/, ''));
    if (typeof message !== 'object' || message === null) return null;
    const { id, method } = { id: undefined, method: undefined, ...message };
    const isId = typeof id === 'string' || typeof id === 'number';
    return typeof method === 'string' && isId ? id : null;
  } catch {
    return null;
  }
}

/**
 * Answers `initialize` and every other request on stdin with an error that says why the server cannot start and what to
 * do, so that a client shows the reason instead of a closed connection. Resolves when stdin ends.
 */
export async function refuseStart(message: string): Promise<void> {
  // A client that closed its end has no use for the answer.
  process.stdout.on('error', () => {});
  for await (const line of createInterface({ input: process.stdin })) {
    const id = idOf(line);
    if (id === null) continue;
    const reply = { jsonrpc: '2.0', id, error: { code: CANNOT_START, message } };
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
}
