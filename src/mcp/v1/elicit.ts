import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { ErrorCode, McpError, type RequestId } from '@modelcontextprotocol/sdk/types.js';
import type { Reply, Session } from '../../engine/handlers.ts';

/** How long a person has to answer, milliseconds. */
const ANSWER_TIMEOUT_MS = 10 * 60 * 1000;
const HEARTBEAT_MS = 10_000;

/** What one request carries that a question to the person must carry. */
export interface Asking {
  requestId: RequestId;
  signal: AbortSignal;
  /** Keeps clients with a request timeout waiting while a person reads. */
  heartbeat: () => void;
}

/** True if the client can show a form to a person; an empty `elicitation` means forms, as the SDK reads it. */
export const canAsk = (server: Server): boolean =>
  server.getClientCapabilities()?.elicitation?.form !== undefined;

/**
 * A session that asks through form elicitation: one required string, never an empty form (some hosts accept those
 * by themselves). The question goes out on the stream of the request that caused it.
 */
export function askingSession(
  server: Server,
  { id, principal }: Pick<Session, 'id' | 'principal'>,
  asking: Asking,
): Session {
  return {
    id,
    principal,
    can_ask: canAsk(server),
    async ask({ message, challenge, description }) {
      const beat = setInterval(asking.heartbeat, HEARTBEAT_MS);
      try {
        const answer = await server.elicitInput(
          {
            mode: 'form',
            message,
            requestedSchema: {
              type: 'object',
              properties: {
                confirm: {
                  type: 'string',
                  title: `Type "${challenge}" to confirm`,
                  description,
                  minLength: 1,
                },
              },
              required: ['confirm'],
            },
          },
          { relatedRequestId: asking.requestId, signal: asking.signal, timeout: ANSWER_TIMEOUT_MS },
        );
        return toReply(answer);
      } catch (error) {
        asking.signal.throwIfAborted();
        if (error instanceof McpError && error.code === ErrorCode.RequestTimeout) return { kind: 'expired' };
        const unable = error instanceof McpError && error.code === ErrorCode.MethodNotFound;
        return { kind: unable ? 'unshown' : 'dismissed' };
      } finally {
        clearInterval(beat);
      }
    },
  };
}

/** Some clients turn what looks like a number into one. `accept` without content is no typed text, and so no consent. */
function toReply(answer: { action: string; content?: Record<string, unknown> | undefined }): Reply {
  if (answer.action === 'decline') return { kind: 'declined' };
  const typed = answer.content?.confirm;
  if (answer.action !== 'accept' || (typeof typed !== 'string' && typeof typed !== 'number')) {
    return { kind: 'dismissed' };
  }
  return { kind: 'typed', text: String(typed) };
}
