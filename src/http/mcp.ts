import type { Context } from 'hono';
import type { HttpLimits } from '../config/http.ts';
import type { Frame } from '../engine/frames.ts';
import { idOf, type Message, RPC, requestIdOf } from '../engine/rpc.ts';
import { isModern, versionIn } from '../mcp/v2/envelope.ts';
import type { Accounts } from './accounts.ts';
import { hideTokenOf, viewFor } from './auth.ts';
import { type Asker, type HttpEnv, ownerOf, type Readable, readableBy } from './exchange.ts';
import { createLargeBodies } from './large-bodies.ts';
import { checkFrame, json, NO_SESSION, refuse, stopping, subjectOf } from './messages.ts';
import { isOfModern, type Modern, type ModernRequest } from './modern.ts';
import { createRestore } from './restore.ts';
import { type Sessions, tooMany } from './sessions.ts';

interface McpDeps {
  sessions: Sessions;
  /** Null if the operator allows only older revisions. */
  modern: Modern | null;
  accounts: Accounts;
  limits: HttpLimits;
  /** True once the process got a signal to stop: running calls may finish, nothing new begins. */
  draining: () => boolean;
}

const METHODS = ['GET', 'POST', 'DELETE'];
const LATER = { 'retry-after': '60' };

const noSession = (): Response =>
  refuse({
    status: 404,
    code: NO_SESSION,
    message: 'There is no such session (any more). Initialize again.',
  });

/** Refuses a client that does not accept the answer: a stream to GET, JSON or a stream to POST. */
function unacceptable(method: string, { json: readsJson, stream }: Readable): Response | null {
  const needs = method === 'GET' ? 'text/event-stream' : 'application/json or text/event-stream';
  if (method === 'DELETE' || stream || (method === 'POST' && readsJson)) return null;
  return refuse({ status: 406, message: `The header Accept must allow ${needs}.` });
}

/** The message of a frame, for the revision that answers it. */
function requestIn(frame: Frame): ModernRequest | null {
  if ('message' in frame) return { message: frame.message, paramsFault: null };
  if ('dropped' in frame) return { message: frame.dropped, paramsFault: null };
  return frame.given === undefined ? null : { message: frame.given, paramsFault: frame.reply.error };
}

/**
 * The MCP endpoint. `initialize` and requests with a session go to the revisions with sessions, before other versions are
 * considered; all others are routed by `_meta` and headers.
 */
export function mcpEndpoint({ sessions, modern, accounts, limits, draining }: McpDeps) {
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
      hideTokenOf(account.runtime, caller, c.env.incoming.headers.authorization);
      const runtime = viewFor(account.runtime, caller.access);
      const session = await place.open({
        owner: ownerOf(caller, pays.name),
        runtime,
        answersJson: !readable.stream,
        initialize: message,
        onClosed: account.release,
      });
      const { connection } = session;
      undo = connection.close;
      c.set('session', connection.id.slice(0, 8));
      const response = await connection.handle(
        { request: c.req.raw, incoming: c.env.incoming, outgoing: c.env.outgoing },
        message,
      );
      if (!response.ok) await connection.close();
      // The next request may reach another replica; for one server alone it is soon enough when the client goes on.
      else if (runtime.gate.store.sharedReadings !== null && !(await session.keep())) {
        await connection.close();
        const { status, words } = tooMany(limits);
        return refuse({ status, id, message: words, headers: LATER });
      }
      return response;
    } catch (error) {
      await undo();
      place.giveBack();
      throw error;
    }
  };

  const large = createLargeBodies(limits);

  const restore = createRestore({
    sessions,
    accounts,
    draining,
    noSession,
    limits,
  });

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
    const place = () => large.take(caller.id, outgoing);
    const frame = method === 'POST' ? await checkFrame(incoming, limits, place) : null;
    if (frame instanceof Response) return frame;
    const fault = frame !== null && 'reply' in frame ? frame.reply : null;
    const message = frame !== null && 'message' in frame ? frame.message : null;
    if (message !== null) c.set('rpc', subjectOf(message));
    const sessionId = incoming.headers['mcp-session-id'];
    if (modern !== null && sessionId === undefined) {
      if (frame === null && isModern(versionIn(incoming.headers))) {
        return refuse({ status: 405, message: 'Use POST.', headers: { allow: 'POST' } });
      }
      const request = frame === null ? null : requestIn(frame);
      if (request !== null && isOfModern(request, c)) {
        return modern.serve(c, { caller, pays, readable }, request);
      }
    }
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
    const asker = { caller, pays, readable };
    const session =
      sessions.find(sessionId, ownerOf(caller, pays.name)) ?? (await restore(c, asker, sessionId));
    if (session instanceof Response) return session;
    session.caller = caller;
    session.used();
    const { connection } = session;
    c.set('session', connection.id.slice(0, 8));
    if (fault !== null) return json(200, fault);
    // A notification of the wrong shape: it has no answer.
    if (frame !== null && 'dropped' in frame) return new Response(null, { status: 202 });
    const id = requestIdOf(message);
    if (id !== null) {
      if (draining()) return stopping(id);
      if (connection.isRunning(id)) {
        const words = 'A request with this id is running in this session.';
        return refuse({ status: 400, code: RPC.request, id, message: words });
      }
      if (connection.inFlight() >= limits.inFlight) {
        const words = `This session has ${limits.inFlight} requests that are not answered yet. Wait for one.`;
        return refuse({ status: 429, id, message: words, headers: { 'retry-after': '1' } });
      }
    }
    const response = await connection.handle({ request: c.req.raw, incoming, outgoing }, message);
    if (method === 'DELETE' && response.ok) await session.end();
    return response;
  };
}
