import { setImmediate as turn } from 'node:timers/promises';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  type JSONRPCMessage,
  JSONRPCMessageSchema,
  type RequestId,
} from '@modelcontextprotocol/sdk/types.js';
import { waitAtMost } from '../core/wait-at-most.ts';
import { cancelledIn, type ErrorReply, errorReply, type Message, RPC, requestIdOf } from '../engine/rpc.ts';
import { openPipe, type Pipe } from './pipe.ts';
import { createHandshakeServer } from './v1/sdk.ts';
import { claims, judgeMessage } from './v2/envelope.ts';
import type { ModernPipe } from './v2/pipe.ts';
import { discovery, type Reply, replyMessage } from './v2/wire.ts';

/** The rest of the program, behind a server that has only answered the handshake. */
export interface Loaded {
  /** Serves requests of the revision without a handshake on the same pipe. */
  openModern: (send: (message: object) => void) => ModernPipe;
  close: () => Promise<void>;
}
type Load = (server: Server) => Promise<Loaded>;

/** A server before the rest is loaded. `modern`: it also serves the revision without a handshake. */
interface StdioOptions {
  version: string;
  modern: boolean;
}

/** The methods that a server without handlers answers itself. */
const AT_ONCE: ReadonlySet<unknown> = new Set(['initialize', 'notifications/initialized', 'ping']);

/** Keeps messages, in their order, until the rest of the program is loaded. */
interface Inbox {
  take(message: Message): void;
  /** Delivers the kept messages; later ones are delivered at once. */
  release(): void;
  isHolding(): boolean;
}

function createInbox(
  deliver: (message: Message) => void,
  isForNow: (message: Message) => boolean,
  onHeld: () => void,
): Inbox {
  let held: Message[] | null = [];
  return {
    take(message) {
      if (held === null || isForNow(message)) return deliver(message);
      held.push(message);
      onHeld();
    },
    release() {
      const waiting = held ?? [];
      held = null;
      for (const message of waiting) deliver(message);
    },
    isHolding: () => held !== null && held.length > 0,
  };
}

/** Max time for answers after stdin ended, milliseconds. A host that does not wait for them sends SIGTERM, which ends it at once. */
const LAST_ANSWERS_MS = 3000;

/** The requests that have no answer yet. */
interface Unanswered {
  add(id: RequestId): void;
  delete(id: RequestId): void;
  /** Resolves once every request is answered. */
  none(): Promise<void>;
}

function createUnanswered(): Unanswered {
  const ids = new Set<RequestId>();
  let resolveNone = () => {};
  return {
    add: (id) => void ids.add(id),
    delete(id) {
      ids.delete(id);
      if (ids.size === 0) resolveNone();
    },
    none: () =>
      new Promise((resolve) => {
        resolveNone = resolve;
        if (ids.size === 0) resolve();
      }),
  };
}

/** Resolves when stdin ended: who sends requests from a pipe still reads the answers. */
const endOfInput = (): Promise<void> =>
  new Promise((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
  });

/** Resolves when nobody waits for answers any more: the pipe broke, or the process got a signal to stop. */
const stopOf = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    // A broken pipe fails at every write: without a listener the next one would end the process during its work.
    process.stdout.on('error', () => resolve());
    // Hosts send SIGTERM two seconds after they closed stdin; running writes still have to be finished then.
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
    // A second Ctrl-C ends the process at once.
    process.once('SIGINT', () => resolve());
    server.onclose = () => resolve();
  });

/** Loads the rest once, and then notifies the server if its client is initialized already. */
function createLoader(server: Server, load: Load): { begin: () => void; ready: Promise<Loaded> } {
  let isInitialized = false;
  let begin = () => {};
  const called = new Promise<void>((resolve) => {
    begin = resolve;
  });
  server.oninitialized = () => {
    isInitialized = true;
  };
  const ready = called.then(() => load(server));
  void ready.then(() => isInitialized && server.oninitialized?.()).catch(() => {});
  return { begin, ready };
}

/** Passes a message to the SDK; refuses a request that the SDK would drop without an answer. */
function deliverTo(transport: Transport, pipe: Pipe, message: Message): void {
  const read = JSONRPCMessageSchema.safeParse(message);
  const id = requestIdOf(message);
  if (read.success) transport.onmessage?.(read.data);
  else if (id !== null) void pipe.send(errorReply(id, RPC.request, 'This request has no valid form.'));
}

/**
 * The answer to a request without a handshake that does not need the rest of the program: what this server is, and why a
 * request is refused. Some clients start a server only to ask this.
 */
function answerAtOnce(version: string, message: Message, wrong: ErrorReply | null): Reply | null {
  const judged = judgeMessage(message, wrong?.error ?? null);
  if ('refused' in judged) return { error: judged.refused };
  return judged.method === 'server/discover' ? { result: discovery(version) } : null;
}

/**
 * Serves one connection over stdin and stdout; resolves when it is over. The handshake is answered at once; then the rest is
 * loaded in the background, and requests that come meanwhile wait for it. Each message's `_meta` decides its revision, so
 * that a client may ask what this server is before the handshake. Rejects if loading fails.
 */
export async function serveStdio({ version, modern }: StdioOptions, load: Load): Promise<void> {
  const server = createHandshakeServer(version);
  const stopped = stopOf(server);
  const over = Promise.race([endOfInput(), stopped]);
  const unanswered = createUnanswered();
  const { begin, ready } = createLoader(server, load);
  const transport: Transport = {
    start: async () => {},
    async send(message: JSONRPCMessage) {
      await answer(message);
      // Only after the handshake is answered, because loading blocks everything else.
      setImmediate(begin);
    },
    async close() {
      pipe.close();
      transport.onclose?.();
    },
  };
  await server.connect(transport);
  const served: { modern: ModernPipe | null } = { modern: null };
  const isModern = (message: Message, wrong: ErrorReply | null = null) =>
    modern && claims(message, wrong?.error ?? null);
  const inbox = createInbox(
    (message) => {
      const cancelled = cancelledIn(message);
      if (cancelled !== null && served.modern?.cancel(cancelled)) return;
      if (!isModern(message)) deliverTo(transport, pipe, message);
      else if (requestIdOf(message) !== null) served.modern?.take(message);
    },
    (message) => AT_ONCE.has(message.method) && !isModern(message),
    () => setImmediate(begin),
  );
  const pipe = openPipe(process.stdin, process.stdout, (message, wrong) => {
    const id = requestIdOf(message);
    if (id !== null) unanswered.add(id);
    const cancelled = cancelledIn(message);
    // Its answer may never come.
    if (cancelled !== null) unanswered.delete(cancelled);
    const reply = id !== null && isModern(message, wrong) ? answerAtOnce(version, message, wrong) : null;
    if (reply !== null) void answer(replyMessage(id, reply));
    else if (wrong !== null) void answer(wrong);
    else inbox.take(message);
  });
  const answer = (message: object): Promise<void> => {
    const id = 'method' in message || !('id' in message) ? null : message.id;
    if (typeof id === 'string' || typeof id === 'number') unanswered.delete(id);
    return pipe.send(message);
  };
  void ready
    .then((loaded) => {
      served.modern = loaded.openModern((message) => void answer(message));
      inbox.release();
    })
    .catch(() => {});
  await Promise.race([over, ready.then(() => over)]);
  // Messages that came together with the end of stdin are answered, too.
  await turn();
  await turn();
  const isLoaded = await Promise.race([ready.then(() => true), turn(false)]);
  const loaded = isLoaded || inbox.isHolding() ? await ready : null;
  await turn();
  await waitAtMost(LAST_ANSWERS_MS, Promise.race([unanswered.none(), stopped]));
  server.onclose = () => {};
  served.modern?.endSubscriptions();
  await turn();
  await loaded?.close();
  // The answers to the last writes go out before the connection is closed.
  await turn();
  served.modern?.close();
  await server.close();
}
