import type { Context } from 'hono';
import type { HttpLimits } from '../config/http-settings.ts';
import { idOf, type Message, RPC, type RpcId, requestIdOf } from '../engine/rpc.ts';
import { type Readable, readableBy } from './accept.ts';
import type { Accounts } from './accounts.ts';
import { readFrame, subjectOf } from './body.ts';
import type { Caller, HttpEnv } from './exchange.ts';
import { json, NO_SESSION, refuse } from './reply.ts';
import type { Sessions } from './sessions.ts';
import { viewFor } from './view.ts';

interface McpDeps {
  sessions: Sessions;
  accounts: Accounts;
  limits: HttpLimits;
  /** True once the process got a signal to stop: what runs may finish, nothing new begins. */
  draining: () => boolean;
}

const METHODS = ['GET', 'POST', 'DELETE'];
const LATER = { 'retry-after': '60' };

/** Whose a session is: who proved what, with which rights, paying with which keys. Both names are hashes already. */
const ownerOf = ({ proof, access }: Caller, account: string): string => `${proof} ${access} ${account}`;

const stopping = (id: RpcId): Response =>
  refuse({
    status: 503,
    id,
    message: 'upstream_unavailable: this server is stopping and starts nothing new. Nothing was sent.',
    headers: { 'retry-after': '5' },
  });

const noSession = (): Response =>
  refuse({
    status: 404,
    code: NO_SESSION,
    message: 'There is no such session (any more). Initialize again.',
  });

/** Refuses a client that could not read the answer: a stream to GET, JSON or a stream to POST. */
function unacceptable(method: string, { json: readsJson, stream }: Readable): Response | null {
  const needs = method === 'GET' ? 'text/event-stream' : 'application/json or text/event-stream';
  if (method === 'DELETE' || stream || (method === 'POST' && readsJson)) return null;
  return refuse({ status: 406, message: `The header Accept must allow ${needs}.` });
}

/** Who asks, who pays, and what the answer may look like. */
interface Asker {
  caller: Caller;
  pays: Exclude<ReturnType<Accounts['nameOf']>, { words: string }>;
  readable: Readable;
}

/** The MCP endpoint: finds or opens the session that a request belongs to and hands the request to it. */
export function mcpEndpoint({ sessions, accounts, limits, draining }: McpDeps) {
  const open = async (
    c: Context<HttpEnv>,
    { caller, pays, readable }: Asker,
    message: Message,
  ): Promise<Response> => {
    const id = idOf(message);
    if (id === null) return refuse({ status: 400, code: RPC.request, message: 'initialize needs an id.' });
    if (draining()) return stopping(id);
    const place = sessions.reserve(caller);
    if ('words' in place) {
      return refuse({ status: place.status, id, message: place.words, headers: LATER });
    }
    let undo = async () => {};
    try {
      const account = await accounts.hold(pays.name, pays.keys);
      if (account === null) {
        place.giveBack();
        const words = 'Too many pairs of API keys are in use on this server. Try again later.';
        return refuse({ status: 503, id, message: words, headers: LATER });
      }
      undo = async () => account.release();
      const runtime = viewFor(account.runtime, caller.access);
      const { connection } = await place.open({
        owner: ownerOf(caller, pays.name),
        runtime,
        answersJson: !readable.stream,
        onClosed: account.release,
      });
      undo = connection.close;
      c.set('session', connection.id.slice(0, 8));
      const response = await connection.handle(
        { request: c.req.raw, incoming: c.env.incoming, outgoing: c.env.outgoing },
        message,
      );
      if (!response.ok) await connection.close();
      return response;
    } catch (error) {
      await undo();
      place.giveBack();
      throw error;
    }
  };

  return async (c: Context<HttpEnv>): Promise<Response> => {
    const { incoming, outgoing } = c.env;
    const caller = c.get('caller');
    if (caller === undefined) throw new Error('a request came past authentication');
    const method = incoming.method ?? '';
    if (!METHODS.includes(method)) {
      return refuse({
        status: 405,
        message: 'Use POST, GET or DELETE.',
        headers: { allow: METHODS.join(', ') },
      });
    }
    const pays = accounts.nameOf(incoming.headers);
    if ('words' in pays) {
      const challenge = pays.status === 401 ? { 'www-authenticate': 'ApiKey realm="gpu-cloud-mcp"' } : {};
      return refuse({ status: pays.status, message: pays.words, headers: challenge });
    }
    const readable = readableBy(incoming);
    const wrong = unacceptable(method, readable);
    if (wrong !== null) return wrong;
    const frame = method === 'POST' ? await readFrame(incoming, limits.bodyBytes) : null;
    if (frame instanceof Response) return frame;
    const fault = frame !== null && 'reply' in frame ? frame.reply : null;
    const message = frame !== null && 'message' in frame ? frame.message : null;
    if (message !== null) c.set('rpc', subjectOf(message));
    const sessionId = incoming.headers['mcp-session-id'];
    if (sessionId === undefined && message?.method === 'initialize') {
      return open(c, { caller, pays, readable }, message);
    }
    if (sessionId === undefined && fault !== null) {
      return refuse({ status: 400, id: fault.id, ...fault.error });
    }
    if (typeof sessionId !== 'string' || sessionId === '') {
      const words = 'The header Mcp-Session-Id is missing: initialize first.';
      return refuse({ status: 400, message: words, ...(message !== null && { id: idOf(message) }) });
    }
    const session = sessions.find(sessionId, ownerOf(caller, pays.name));
    if (session === null) return noSession();
    session.caller = caller;
    const { connection } = session;
    c.set('session', connection.id.slice(0, 8));
    if (fault !== null) return json(200, fault);
    // A notification of the wrong shape: it has no answer.
    if (frame === null && method === 'POST') return new Response(null, { status: 202 });
    const id = requestIdOf(message);
    if (id !== null) {
      if (draining()) return stopping(id);
      if (connection.isRunning(id)) {
        const words = 'A request with this id is under way in this session.';
        return refuse({ status: 400, code: RPC.request, id, message: words });
      }
      if (connection.inFlight() >= limits.inFlight) {
        const words = `This session has ${limits.inFlight} requests that are not answered yet. Wait for one.`;
        return refuse({ status: 429, id, message: words, headers: { 'retry-after': '1' } });
      }
    }
    return connection.handle({ request: c.req.raw, incoming, outgoing }, message);
  };
}
