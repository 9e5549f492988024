import type { Context } from 'hono';
import type { HttpLimits } from '../config/http.ts';
import { RESULT_FORMS } from '../core/policy.ts';
import type { Frame } from '../engine/frames.ts';
import { idOf, type Message, RPC, type RpcId, requestIdOf } from '../engine/rpc.ts';
import { isModern, versionIn } from '../mcp/v2/envelope.ts';
import { type Accounts, enter } from './accounts.ts';
import { type Asker, type HttpEnv, ownerOf, type Readable, readableBy } from './exchange.ts';
import {
  checkFrame,
  createPlaces,
  errorResponse,
  json,
  NO_SESSION,
  stopping,
  subjectOf,
} from './messages.ts';
import { isOfModern, type Modern, type ModernRequest } from './modern.ts';
import { createRestore } from './restore.ts';
import { type Session, type Sessions, tooMany } from './sessions.ts';

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
  errorResponse({
    status: 404,
    code: NO_SESSION,
    message: 'There is no such session (any more). Initialize again.',
  });

/** Refuses a client that does not accept the answer: a stream to GET, JSON or a stream to POST. */
function unacceptable(method: string, { json: readsJson, stream }: Readable): Response | null {
  const needs = method === 'GET' ? 'text/event-stream' : 'application/json or text/event-stream';
  if (method === 'DELETE' || stream || (method === 'POST' && readsJson)) return null;
  return errorResponse({ status: 406, message: `The header Accept must allow ${needs}.` });
}

/** A request and its answer, for a session. */
const exchangeOf = (c: Context<HttpEnv>) => ({
  request: c.req.raw,
  incoming: c.env.incoming,
  outgoing: c.env.outgoing,
});

/** Refuses an address that asks for a form of results which does not exist. */
function unknownForm(url: string): Response | null {
  const asked = new URL(url).searchParams.get('results')?.toLowerCase();
  if (asked === undefined || RESULT_FORMS.some((form) => form === asked)) return null;
  const message = `The parameter results in the address must be ${RESULT_FORMS.join(' or ')}.`;
  return errorResponse({ status: 400, message });
}

/** The message of a frame, for the revision that answers it. */
function requestIn(frame: Frame): ModernRequest | null {
  if ('message' in frame) return { message: frame.message, paramsFault: null };
  if ('dropped' in frame) return { message: frame.dropped, paramsFault: null };
  return frame.given === undefined ? null : { message: frame.given, paramsFault: frame.reply.error };
}

/**
 * The MCP endpoint, for callers who are authenticated. A request is checked (method, keys, Accept, address, body), then
 * belongs to the revision without sessions by its `_meta` and headers (`modern.ts`), opens a session by `initialize`, or names
 * a session, which answers it (`mcp/v1/session.ts`) and is rebuilt first if another process opened it (`restore.ts`).
 */
export function mcpEndpoint({ sessions, modern, accounts, limits, draining }: McpDeps) {
  /** For large requests, which hold images, so that memory stays bounded. */
  const large = createPlaces(limits.largeBodies, limits.largeBodiesPerCaller);
  const restore = createRestore({ sessions, accounts, draining, noSession, limits });

  const open = async (c: Context<HttpEnv>, asker: Asker, message: Message): Promise<Response> => {
    const id = idOf(message);
    if (id === null)
      return errorResponse({ status: 400, code: RPC.request, message: 'initialize needs an id.' });
    if (draining()) return stopping(id);
    const place = sessions.reserve(asker.caller);
    if ('words' in place) {
      return errorResponse({ status: place.status, id, message: place.words, headers: LATER });
    }
    let undo = async () => {};
    try {
      const account = await enter(accounts, asker, id);
      if (account instanceof Response) {
        place.giveBack();
        return account;
      }
      const { runtime, owner, release } = account;
      undo = async () => release();
      const session = await place.open({
        owner,
        runtime,
        answersJson: !asker.readable.stream,
        initialize: message,
        onClosed: release,
      });
      const { connection } = session;
      undo = connection.close;
      c.set('session', connection.id.slice(0, 8));
      const response = await connection.handle(exchangeOf(c), message);
      if (!response.ok) await connection.close();
      // The next request may reach another replica; for one server alone it is soon enough when the client goes on.
      else if (runtime.gate.store.sharedReadings !== null && !(await session.keep())) {
        await connection.close();
        const { status, words } = tooMany(limits);
        return errorResponse({ status, id, message: words, headers: LATER });
      }
      return response;
    } catch (error) {
      await undo();
      place.giveBack();
      throw error;
    }
  };

  /** Why a session does not begin to answer a request; null if it does. */
  const refusalOf = ({ connection }: Session, id: RpcId): Response | null => {
    if (draining()) return stopping(id);
    if (connection.isRunning(id)) {
      const message = 'A request with this id is running in this session.';
      return errorResponse({ status: 400, code: RPC.request, id, message });
    }
    if (connection.inFlight() < limits.inFlight) return null;
    const message = `This session has ${limits.inFlight} requests that are not answered yet. Wait for one.`;
    return errorResponse({ status: 429, id, message, headers: { 'retry-after': '1' } });
  };

  return async (c: Context<HttpEnv>): Promise<Response> => {
    const { incoming, outgoing } = c.env;
    const caller = c.get('caller');
    if (caller === undefined) throw new Error('a request came past authentication');
    const method = incoming.method ?? '';
    if (!METHODS.includes(method)) {
      return errorResponse({
        status: 405,
        message: 'Use POST, GET or DELETE.',
        headers: { allow: METHODS.join(', ') },
      });
    }
    const pays = accounts.nameOf(incoming.headers);
    if ('words' in pays) {
      const challenge = pays.status === 401 ? { 'www-authenticate': 'ApiKey realm="gpu-cloud-mcp"' } : {};
      return errorResponse({ status: pays.status, message: pays.words, headers: challenge });
    }
    const readable = readableBy(incoming);
    const wrong = unacceptable(method, readable) ?? unknownForm(c.req.url);
    if (wrong !== null) return wrong;
    const place = () => {
      const giveBack = large.take(caller.id);
      if (typeof giveBack === 'string') return giveBack;
      // It is taken until the answer has ended or the client is gone.
      if (outgoing.closed) giveBack();
      else outgoing.once('close', giveBack);
      return 'taken';
    };
    const frame = method === 'POST' ? await checkFrame(incoming, limits, place) : null;
    if (frame instanceof Response) return frame;
    const fault = frame !== null && 'reply' in frame ? frame.reply : null;
    const message = frame !== null && 'message' in frame ? frame.message : null;
    if (message !== null) c.set('rpc', subjectOf(message));
    const { authorization } = incoming.headers;
    const asker: Asker = { caller, pays, readable, authorization };
    const sessionId = incoming.headers['mcp-session-id'];
    if (modern !== null && sessionId === undefined) {
      if (frame === null && isModern(versionIn(incoming.headers))) {
        return errorResponse({ status: 405, message: 'Use POST.', headers: { allow: 'POST' } });
      }
      const request = frame === null ? null : requestIn(frame);
      if (request !== null && isOfModern(request, c)) return modern.serve(c, asker, request);
    }
    if (sessionId === undefined && message?.method === 'initialize') return open(c, asker, message);
    if (sessionId === undefined && fault !== null) {
      return errorResponse({ status: 400, id: fault.id, ...fault.error });
    }
    if (typeof sessionId !== 'string' || sessionId === '') {
      const words = 'The header Mcp-Session-Id is missing: initialize first.';
      return errorResponse({ status: 400, message: words, ...(message !== null && { id: idOf(message) }) });
    }
    const session =
      sessions.find(sessionId, ownerOf(caller, pays.name)) ?? (await restore(c.req.url, asker, sessionId));
    if (session instanceof Response) return session;
    session.caller = caller;
    session.used();
    c.set('session', session.connection.id.slice(0, 8));
    if (fault !== null) return json(200, fault);
    // A notification of the wrong shape: it has no answer.
    if (frame !== null && 'dropped' in frame) return new Response(null, { status: 202 });
    const id = requestIdOf(message);
    const refused = id === null ? null : refusalOf(session, id);
    if (refused !== null) return refused;
    const response = await session.connection.handle(exchangeOf(c), message);
    if (method === 'DELETE' && response.ok) await session.end();
    return response;
  };
}
