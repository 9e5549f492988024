import { cancelledIn, errorReply, type Message, type RpcId } from '../../engine/rpc.ts';

/** JSON-RPC code of a request that its sender cancelled (as in the Language Server Protocol; MCP names none). */
export const CANCELLED = -32800;

/** The request that a message cancels; null for other messages, and for the ids 0 and "", which the SDK does not accept. */
export const cancelledBy = (message: Message | null): RpcId => cancelledIn(message) || null;

/** Cancellations that overtook their request: over HTTP each comes on a connection of its own. */
interface Overtaken {
  add(id: RpcId): void;
  /** True, once, if the request was cancelled before it came. */
  take(id: RpcId): boolean;
}

const KEEP_MS = 10_000;
const MAX_KEPT = 100;

/** Remembers at most a hundred cancellations for ten seconds (our choice): later their requests were answered long ago. */
export function createOvertaken(monotonic: () => number): Overtaken {
  const at = new Map<RpcId, number>();
  return {
    add(id) {
      at.delete(id);
      at.set(id, monotonic());
      const [oldest] = at.keys();
      if (at.size > MAX_KEPT && oldest !== undefined) at.delete(oldest);
    },
    take(id) {
      const since = at.get(id);
      at.delete(id);
      return since !== undefined && monotonic() - since < KEEP_MS;
    },
  };
}

/** The answer to a request that was cancelled before it came. */
export const cancelledReply = (id: RpcId): Response =>
  Response.json(errorReply(id, CANCELLED, 'The request was cancelled before it arrived.'));
