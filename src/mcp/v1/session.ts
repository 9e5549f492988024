import type { IncomingMessage, ServerResponse } from 'node:http';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import type { Processes } from '../../core/live.ts';
import { errorReply, type Message, objectIn, type RpcId, requestIdOf } from '../../engine/rpc.ts';
import type { Runtime } from '../../engine/runtime.ts';
import { isModern } from '../v2/envelope.ts';
import { CANCELLED, cancelledBy, cancelledReply, createOvertaken } from './cancelled.ts';
import { createEventStore, type EventRoom } from './events.ts';
import { answers, createReplays, type PeerMessage, receive, watchIn, withSender } from './replay.ts';
import { createResumption, cutOff } from './resume.ts';
import { createServer } from './server.ts';

/** One HTTP request, as Node has it and as the SDK wants it. */
interface Exchange {
  request: Request;
  incoming: IncomingMessage;
  outgoing: ServerResponse;
}

/** One MCP connection over HTTP. */
export interface HttpSession {
  id: string;
  /** When its last request ended or began, by `monotonic`. */
  usedAt: number;
  /** True once the client sent `initialized` or another request. */
  confirmed: boolean;
  /** Streams that belong to no request. */
  streams: number;
  /** Requests that are not answered, or whose answer was not fetched in full. A client that goes away cancels nothing. */
  inFlight(): number;
  /** True if a request of this id is running: an id must not be used twice (JSON-RPC 2.0, Request object). */
  isRunning(id: RpcId): boolean;
  /** Answers one HTTP request. */
  handle(exchange: Exchange, message: Message | null): Promise<Response>;
  /** Another process received something for this session. */
  receive(message: PeerMessage): void;
  /** Makes the session what it was in another process or before a restart. False if the record does not open one. */
  replay(url: string, initialize: Message, watched: readonly string[]): Promise<boolean>;
  /** Ends the stream that belongs to no request; a client that may do so opens it again. */
  endStream(): void;
  forgetOldEvents(): void;
  close(): Promise<void>;
}

/** Bounds of one session. Times in milliseconds, sizes in bytes of JSON. */
interface SessionLimits {
  eventsPerSession: number;
  eventBytesPerSession: number;
  /** Longer than a person has to answer a question. */
  eventAgeMs: number;
  /** Streams send a comment this often. */
  streamCommentMs: number;
}

interface SessionDeps {
  id: string;
  /** Who proved what, as a hash: whose consents count. */
  owner: string;
  runtime: Runtime;
  /** True for a client that reads no streams: then requests are answered in JSON, and nobody can be asked by form. */
  answersJson: boolean;
  limits: SessionLimits;
  room: EventRoom;
  /** The processes that may serve this session; null = this one alone. */
  processes: Processes | null;
  /** This process, as those see it. */
  self: string;
  /** Sends them a message. False if it could not be sent. */
  send: (message: PeerMessage) => Promise<boolean>;
  /** The name of the session among processes. */
  name: string;
  /** The client has subscribed to a URI or given it up, as the answer says. */
  onWatch: (uri: string, on: boolean, asked: 'here' | 'elsewhere') => void;
  /** Milliseconds, for ages. */
  monotonic: () => number;
  log: Runtime['log'];
  onClosed: () => void;
}

const RETRY_MS = 1000;
/** JSON-RPC code of an answer that finds no question; MCP names none. */
const NOBODY_WAITS = -32000;
/** What the SDK has no business with. */
const SECRETS = /^(?:authorization|cookie|x-.+-api-key)$/i;

/**
 * The request as the SDK gets it: without tokens and keys, with the Accept header that it compares literally, and without a
 * version header of a revision that has no sessions: some clients send it in one, whose version was agreed on before.
 */
function forSdk({ url, method, headers }: Request): Request {
  const kept = new Headers([...headers].filter(([name]) => !SECRETS.test(name)));
  kept.set('accept', 'application/json, text/event-stream');
  if (isModern(kept.get('mcp-protocol-version') ?? undefined)) kept.delete('mcp-protocol-version');
  return new Request(url, { method, headers: kept });
}

/** An `initialize` without elicitation: if answers are JSON, no question can reach the client during a call. */
function withoutQuestions(message: Message): Message {
  if (message.method !== 'initialize') return message;
  const params = objectIn(message.params);
  const capabilities = { ...objectIn(params.capabilities), elicitation: undefined };
  return { ...message, params: { ...params, capabilities } };
}

/** Connects a protocol server of its own to a transport of its own. */
export async function openSession(deps: SessionDeps): Promise<HttpSession> {
  const { id, runtime, answersJson, limits, room, monotonic, log, self, processes } = deps;
  const running = new Set<RpcId>();
  const resumption = createResumption({
    session: deps.name,
    self,
    processes,
    isRunning: (request) => running.has(request),
  });
  const events = createEventStore(
    { events: limits.eventsPerSession, bytes: limits.eventBytesPerSession, ageMs: limits.eventAgeMs },
    room,
    monotonic,
    resumption.nameEvent,
  );
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => id,
    enableJsonResponse: answersJson,
    eventStore: events,
    retryInterval: RETRY_MS,
    keepAliveMs: limits.streamCommentMs,
  });
  const server = createServer(runtime, deps.owner);
  server.onerror = (error) =>
    log({ level: 'debug', msg: 'protocol error', session: id.slice(0, 8), error: error.message });
  server.onclose = () => {
    events.clear();
    deps.onClosed();
  };
  const send = transport.send.bind(transport);
  /** Our own requests to ourselves, whose answers go to nobody. */
  const followed = new Set<string>();
  // Nobody notifies the changes from before this process followed the URI, so the client must read again.
  const readAgain = (uri: string) => void server.sendResourceUpdated({ uri }).catch(() => {});
  const replays = createReplays(transport, id, readAgain);
  const follow = (uri: string, on: boolean, asked: 'here' | 'elsewhere') => {
    if (on) followed.add(uri);
    else followed.delete(uri);
    deps.onWatch(uri, on, asked);
  };
  const watching = new Map<RpcId, { uri: string; on: boolean }>();
  transport.send = async (sent, options) => {
    if (replays.take(sent)) return;
    if ('result' in sent) {
      const watch = watching.get(sent.id ?? null);
      if (watch !== undefined) follow(watch.uri, watch.on, 'here');
    }
    if (!('method' in sent)) watching.delete(sent.id ?? null);
    const about = 'method' in sent ? (options?.relatedRequestId ?? null) : (sent.id ?? null);
    try {
      await resumption.during(about, () => send(withSender(sent, self), options));
    } finally {
      if (!('method' in sent)) running.delete(sent.id ?? null);
    }
  };
  const close = transport.close.bind(transport);
  // Every waiting request gets an answer: official clients still wait after their stream has ended.
  transport.close = async () => {
    for (const one of running) if (one !== null) await transport.send(cutOff(one)).catch(() => {});
    await close();
  };
  await server.connect(transport);
  // The SDK answers a cancelled request with silence, and its stream would stay open, and count, until the client hangs up.
  const endCancelled = (rpcId: RpcId) => {
    if (rpcId === null || !running.has(rpcId)) return;
    const error = { code: CANCELLED, message: 'The request was cancelled.' };
    void transport.send({ jsonrpc: '2.0', id: rpcId, error }).catch(() => {});
  };
  /** Takes a person's answer to the process that asked. */
  const passOn = async ({ to, id: question }: { to: string; id: number }, body: Message) => {
    const errorResponse = (status: number, words: string, headers = {}) =>
      Response.json(errorReply(null, NOBODY_WAITS, words), { status, headers });
    if (to === self) receive(transport, body);
    else if ((await processes?.isAlive(to).catch(() => true)) !== true)
      return errorResponse(
        400,
        'The server that asked has ended, so nobody waits for this answer. Call again.',
      );
    else if (!(await deps.send({ kind: 'answer', session: deps.name, to, id: question, body })))
      return errorResponse(503, 'The answer could not be passed on now. Send it again.', {
        'retry-after': '2',
      });
    return new Response(null, { status: 202 });
  };
  const overtaken = createOvertaken(monotonic);
  /** Requests on their way to their handler, which alone can be cancelled. */
  const arriving = new Map<RpcId, Promise<unknown>>();
  let posts = 0;

  const session: HttpSession = {
    id,
    usedAt: monotonic(),
    confirmed: false,
    streams: 0,
    inFlight: () => Math.max(posts, running.size),
    isRunning: (rpcId) => running.has(rpcId),
    async handle({ request, incoming, outgoing }, message) {
      const isStream = incoming.method === 'GET';
      const count = (by: 1 | -1) => {
        if (isStream) session.streams += by;
        else posts += by;
        session.usedAt = monotonic();
      };
      count(1);
      outgoing.once('close', () => count(-1));
      if (message?.method !== 'initialize') session.confirmed = true;
      const rpcId = requestIdOf(message);
      if (rpcId !== null && overtaken.take(rpcId)) return cancelledReply(rpcId);
      if (rpcId !== null) running.add(rpcId);
      const answered = answers(message);
      if (answered !== null) return passOn(answered, { ...message, id: answered.id });
      const seen = isStream ? incoming.headers['last-event-id'] : undefined;
      const resumed = typeof seen === 'string' ? await resumption.resume(seen, events) : null;
      if (resumed !== null) return resumed;
      const watch = watchIn(message);
      if (watch !== null && rpcId !== null) watching.set(rpcId, watch);
      const cancels = cancelledBy(message);
      if (cancels !== null) {
        if (!running.has(cancels)) {
          overtaken.add(cancels);
          void deps.send({ kind: 'cancelled', session: deps.name, body: message });
        }
        await arriving.get(cancels);
      }
      const parsedBody = message !== null && answersJson ? withoutQuestions(message) : message;
      const answering = resumption.during(rpcId, () =>
        transport.handleRequest(forSdk(request), parsedBody === null ? {} : { parsedBody }),
      );
      const arrived = answering.catch(() => {});
      if (rpcId !== null) arriving.set(rpcId, arrived);
      try {
        const response = await answering;
        if (!response.ok) running.delete(rpcId);
        // It missed the notifications while it had no stream.
        else if (isStream) for (const uri of followed) readAgain(uri);
        // Only after what the request itself has still to say, such as that its question is withdrawn.
        if (cancels !== null) setImmediate(endCancelled, cancels);
        return response;
      } catch (error) {
        running.delete(rpcId);
        throw error;
      } finally {
        arriving.delete(rpcId);
      }
    },
    receive(message) {
      if (message.kind === 'answer' && message.to === self) receive(transport, message.body);
      if (message.kind === 'watch') {
        follow(message.uri, message.on, 'elsewhere');
        replays.watch(message.uri, message.on);
      }
      if (message.kind === 'ended') void server.close();
      if (message.kind !== 'cancelled') return;
      const cancels = cancelledBy(objectIn(message.body));
      if (cancels === null || !running.has(cancels)) return;
      receive(transport, message.body);
      setImmediate(endCancelled, cancels);
    },
    async replay(url, initialize, watched) {
      const message = answersJson ? withoutQuestions(initialize) : initialize;
      if (!(await replays.open(url, message))) return false;
      session.confirmed = true;
      for (const uri of watched) {
        followed.add(uri);
        replays.watch(uri, true);
      }
      return true;
    },
    endStream: () => transport.closeStandaloneSSEStream(),
    forgetOldEvents: events.expire,
    close: () => server.close(),
  };
  return session;
}
