import type { Context } from 'hono';
import type { HttpLimits } from '../config/http.ts';
import { resultsOf } from '../engine/result.ts';
import { lostError, type Message, RPC, requestIdOf } from '../engine/rpc.ts';
import { claims, headerFault, isModern, judgeMessage, LISTEN, versionIn } from '../mcp/v2/envelope.ts';
import { jsonReply, respond } from '../mcp/v2/exchange.ts';
import { listen, MAX_LISTENING } from '../mcp/v2/listen.ts';
import { answer } from '../mcp/v2/methods.ts';
import type { Fault, Notification, Reply } from '../mcp/v2/wire.ts';
import { type Accounts, enter } from './accounts.ts';
import type { Asker, Caller, HttpEnv } from './exchange.ts';
import { errorResponse, stopping } from './messages.ts';

/** A request of the revision without sessions, and the fault of its parameters. */
export interface ModernRequest {
  message: Message;
  paramsFault: Fault | null;
}

/** Serves all requests without a session. Limits count by caller, because one caller can have many owners by sending many keys. */
export interface Modern {
  serve(c: Context<HttpEnv>, asker: Asker, request: ModernRequest): Promise<Response>;
  /** The number of requests that are being answered, also those whose client is gone, and of subscriptions that are ending. */
  busy(): number;
  /** Ends the subscriptions of callers whose access has ended. */
  sweep(stillGood: (caller: Caller) => boolean): void;
  /** Ends all subscriptions normally. */
  endSubscriptions(): void;
  /** Answers what is still running with an error: a client whose stream only ends waits on. */
  cutOff(): void;
}

interface Running {
  caller: Caller;
  isListening: boolean;
  ending: AbortController;
  cut: AbortController;
}

/** True for a message of this revision; a handshake, and a message of neither kind, belongs to the older ones. */
export function isOfModern({ message, paramsFault }: ModernRequest, c: Context<HttpEnv>): boolean {
  const named = message.method !== 'initialize' && isModern(versionIn(c.env.incoming.headers));
  return named || claims(message, paramsFault);
}

/** Resolves to an error once a request is cut off. */
const onCut = (signal: AbortSignal): Promise<Reply> =>
  new Promise((resolve) => {
    const error = lostError('This request was cut off, because the server ends.');
    signal.addEventListener('abort', () => resolve({ error }), { once: true });
  });

/** Why a request is refused before it begins, for every caller. */
function refusalOf(c: Context<HttpEnv>, { message, paramsFault }: ModernRequest): Response | null {
  const id = requestIdOf(message);
  const fault = headerFault(message, c.env.incoming.headers);
  if (fault !== null) return jsonReply(id, { error: fault }, 400);
  const judged = judgeMessage(message, paramsFault);
  return 'refused' in judged ? jsonReply(id, { error: judged.refused }, judged.status) : null;
}

/** Serves one account's requests after all checks that need no body. */
export function createModern(
  limits: HttpLimits,
  { accounts, draining }: { accounts: Accounts; draining: () => boolean },
): Modern {
  const running = new Set<Running>();

  /** The refusal of a caller with too many requests; null if it has room. */
  const tooMany = ({ id }: Caller, isListening: boolean): string | null => {
    const mine = [...running].filter((one) => one.caller.id === id && one.isListening === isListening);
    if (isListening && mine.length >= MAX_LISTENING) {
      return `You have ${MAX_LISTENING} open subscriptions, the maximum. End one first.`;
    }
    if (!isListening && mine.length >= limits.inFlight) {
      return `You have ${limits.inFlight} requests that are not answered yet. Wait for one.`;
    }
    return null;
  };

  const begin = async (c: Context<HttpEnv>, asker: Asker, message: Message) => {
    const { caller, readable } = asker;
    const id = requestIdOf(message);
    const isListening = message.method === LISTEN;
    if (isListening && !readable.stream) {
      return errorResponse({ status: 406, id, message: 'The header Accept must allow text/event-stream.' });
    }
    const wait = tooMany(caller, isListening);
    if (wait !== null)
      return errorResponse({ status: 429, id, message: wait, headers: { 'retry-after': '1' } });
    const one: Running = { caller, isListening, ending: new AbortController(), cut: new AbortController() };
    running.add(one);
    // If the client hangs up, what was not sent yet is cancelled, also while its account is opened.
    const gone = new AbortController();
    const onGone = () => gone.abort();
    c.env.outgoing.once('close', onGone);
    const account = await enter(accounts, asker, id).catch((error: unknown) => {
      running.delete(one);
      throw error;
    });
    if (account instanceof Response) {
      running.delete(one);
      return account;
    }
    const { runtime, owner: principal, release } = account;
    const results = resultsOf(new URL(c.req.url), runtime.results);
    const work = async (notify: (notification: Notification) => void) => {
      try {
        const { signal } = gone;
        return isListening
          ? await listen(runtime, { message, signal, ending: one.ending.signal, notify })
          : await answer(runtime, { message, principal, results, signal, notify });
      } finally {
        running.delete(one);
        release();
      }
    };
    const exchange = { id, readable, commentMs: limits.streamCommentMs, onGone };
    return respond(exchange, (notify) => Promise.race([work(notify), onCut(one.cut.signal)]));
  };

  return {
    async serve(c, asker, request) {
      const { message } = request;
      if (typeof message.method !== 'string') {
        const words = 'A response has no request to belong to: this revision asks by its results.';
        return errorResponse({ status: 400, code: RPC.request, message: words });
      }
      // Over HTTP the end of the connection cancels a request; other notifications have no effect here.
      if (message.id === undefined) return new Response(null, { status: 202 });
      const refused = refusalOf(c, request);
      if (refused !== null) return refused;
      if (draining()) return stopping(requestIdOf(message));
      return begin(c, asker, message);
    },
    busy: () =>
      [...running].filter(({ isListening, ending }) => !isListening || ending.signal.aborted).length,
    sweep(stillGood) {
      for (const { caller, isListening, ending } of running) {
        if (isListening && !stillGood(caller)) ending.abort();
      }
    },
    endSubscriptions() {
      for (const { ending } of running) ending.abort();
    },
    cutOff() {
      for (const { cut } of running) cut.abort();
    },
  };
}
