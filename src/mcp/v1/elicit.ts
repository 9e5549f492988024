import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  type ElicitRequestFormParams,
  type ElicitResult,
  ErrorCode,
  McpError,
  type RequestId,
} from '@modelcontextprotocol/sdk/types.js';
import { formOf, replyOf, type Session } from '../../engine/session.ts';

/** Max time for a person to answer, milliseconds. */
const ANSWER_TIMEOUT_MS = 10 * 60 * 1000;
const HEARTBEAT_MS = 10_000;

/** The parts of a request that its questions to the person must repeat. */
interface Asking {
  requestId: RequestId;
  signal: AbortSignal;
  /** Reports progress while a person reads, so that clients with a request timeout keep waiting. */
  heartbeat: () => void;
}

/** True if the client can show a form to a person; an empty `elicitation` means forms, as the SDK reads it. */
const canAsk = (server: Server): boolean => server.getClientCapabilities()?.elicitation?.form !== undefined;

/** A session whose questions go out on the stream of the request that caused them. */
export interface AskingSession extends Session {
  /** Sends any form, and waits for the answer. Rejects as the SDK does. */
  show(form: ElicitRequestFormParams): Promise<ElicitResult>;
}

/** A session that asks through form elicitation. */
export function askingSession(
  server: Server,
  { id, principal }: Pick<Session, 'id' | 'principal'>,
  asking: Asking,
): AskingSession {
  const show = async (form: ElicitRequestFormParams): Promise<ElicitResult> => {
    const beat = setInterval(asking.heartbeat, HEARTBEAT_MS);
    try {
      return await server.elicitInput(form, {
        relatedRequestId: asking.requestId,
        signal: asking.signal,
        timeout: ANSWER_TIMEOUT_MS,
      });
    } finally {
      clearInterval(beat);
    }
  };
  return {
    id,
    principal,
    can_ask: canAsk(server),
    show,
    async ask(question) {
      try {
        return replyOf(await show({ mode: 'form', ...formOf(question) }));
      } catch (error) {
        asking.signal.throwIfAborted();
        const isLate = error instanceof McpError && error.code === ErrorCode.RequestTimeout;
        return { kind: isLate ? 'expired' : 'unshown' };
      }
    },
  };
}
