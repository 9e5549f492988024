import { envelope, REVISION, type Sent, send, streamOf } from './modern-wire.ts';
import { eventsOf, INITIALIZE, isQuestion, JSON_HEADERS, openWire, post, type Rpc } from './wire.ts';

/** What a person answers to a question. */
export type Person = (message: string) => object;

/** A client of one revision, so that a case can be written once for both. */
export interface LegClient {
  /** The HTTP response to one request. What the revision also wants is added to its parameters. */
  send(method: string, params?: object, signal?: AbortSignal): Promise<Response>;
  /** The HTTP response to any body. */
  post(body: unknown): Promise<Response>;
  /** The answer to one request, and what came before it. */
  ask(method: string, params?: object): Promise<Rpc & { before: Rpc[] }>;
  /** Calls a tool; a person answers its question, if it asks one. */
  call(name: string, args?: object, person?: Person): Promise<Rpc>;
  /** Sends a tool call and gives it up, as the revision does so, once `begun` has resolved. */
  giveUp(name: string, args: object, begun: () => Promise<unknown>): Promise<void>;
  /** Subscribes to a URI; its notifications are added to the list. */
  watch(uri: string): Promise<Rpc[]>;
}

/** One protocol revision over HTTP. */
export interface Leg {
  /** The first request of a client. */
  first: { headers: Record<string, string>; body: object };
  open(mcp: string, headers?: Record<string, string>): Promise<LegClient>;
  /** The code of a resource that is not there. */
  noResource: number;
}

/** The error of a client that is asked and has nobody to ask. */
export const NOBODY = 'nobody is there to answer';

const decide = (person: Person | undefined, message: string): object => {
  if (person === undefined) throw new Error(`${NOBODY}: ${message}`);
  return person(message);
};

/** All messages of a response as they come, be it JSON or a stream. */
async function* messagesIn(response: Response): AsyncGenerator<Rpc> {
  if (response.headers.get('content-type')?.startsWith('application/json'))
    yield (await response.json()) as Rpc;
  else yield* streamOf(response);
}

/** The answer in a response; `onMessage` gets what comes before it. */
async function readAnswer(response: Response, onMessage: (message: Rpc) => void): Promise<Rpc> {
  for await (const message of messagesIn(response)) {
    if (message.method === undefined) return message;
    onMessage(message);
  }
  throw new Error(`no answer came: ${response.status}`);
}

async function asking(sent: Promise<Response>): Promise<Rpc & { before: Rpc[] }> {
  const before: Rpc[] = [];
  const answer = await readAnswer(await sent, (message) => before.push(message));
  return { ...answer, before };
}

async function openSessionful(mcp: string, headers: Record<string, string> = {}): Promise<LegClient> {
  const session = await openWire(mcp, headers);
  return {
    send: (method, params) => session.send(method, params),
    post: (body) => post(mcp, body, session.headers),
    ask: (method, params) => asking(session.send(method, params)),
    call: async (name, args, person) =>
      readAnswer(await session.call(name, args), (message) => {
        if (!isQuestion(message)) return;
        void session.answer(message.id ?? 0, decide(person, message.params?.message ?? ''));
      }),
    async giveUp(name, args, begun) {
      const id = 9001;
      const answer = session.call(name, args, id);
      await begun();
      const params = { requestId: id };
      await post(mcp, { jsonrpc: '2.0', method: 'notifications/cancelled', params }, session.headers);
      await (await answer).body?.cancel();
    },
    async watch(uri) {
      const received: Rpc[] = [];
      const stream = await session.get();
      void (async () => {
        for await (const { message } of eventsOf(stream)) if (message !== null) received.push(message);
      })().catch(() => {});
      await asking(session.send('resources/subscribe', { uri }));
      return received;
    },
  };
}

async function openSessionless(mcp: string, headers: Record<string, string> = {}): Promise<LegClient> {
  const request = (method: string, params: object = {}, sent: Sent = {}) =>
    send(mcp, method, params, {
      forms: true,
      headers,
      meta: { ...envelope(true), ...metaIn(params) },
      ...sent,
    });
  return {
    send: (method, params, signal) => request(method, params, signal === undefined ? {} : { signal }),
    post: (body) => post(mcp, body, { ...headers, 'mcp-protocol-version': REVISION }),
    ask: (method, params) => asking(request(method, params)),
    async call(name, args = {}, person) {
      let returned: object = {};
      for (;;) {
        const answer = await asking(request('tools/call', { name, arguments: args, ...returned }));
        const { inputRequests, requestState } = (answer.result ?? {}) as {
          inputRequests?: { confirm: { params: { message: string } } };
          requestState?: string;
        };
        if (inputRequests === undefined) return answer;
        const inputResponses = { confirm: decide(person, inputRequests.confirm.params.message) };
        returned = { requestState, inputResponses };
      }
    },
    async giveUp(name, args, begun) {
      const client = new AbortController();
      const { signal } = client;
      const answer = request('tools/call', { name, arguments: args }, { signal }).catch(() => null);
      await begun();
      client.abort();
      await answer;
    },
    async watch(uri) {
      const received: Rpc[] = [];
      const notifications = { resourceSubscriptions: [uri] };
      const stream = await request('subscriptions/listen', { notifications });
      const messages = streamOf(stream);
      await messages.next();
      void (async () => {
        for await (const message of messages) received.push(message);
      })().catch(() => {});
      return received;
    },
  };
}

const metaIn = (params: object): object => ('_meta' in params ? (params._meta as object) : {});

/** Both revisions that are served. */
export const LEGS: Readonly<Record<'2025-11-25' | '2026-07-28', Leg>> = {
  '2025-11-25': {
    first: {
      headers: JSON_HEADERS,
      body: INITIALIZE,
    },
    open: openSessionful,
    noResource: -32002,
  },
  '2026-07-28': {
    first: {
      headers: { ...JSON_HEADERS, 'mcp-protocol-version': REVISION, 'mcp-method': 'server/discover' },
      body: { jsonrpc: '2.0', id: 0, method: 'server/discover', params: { _meta: envelope() } },
    },
    open: openSessionless,
    noResource: -32602,
  },
};
