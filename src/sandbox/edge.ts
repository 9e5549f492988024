import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, MiddlewareHandler } from 'hono';
import { MAX_BODY_BYTES } from './constants.ts';
import { Refusal } from './endpoint.ts';
import type { LiveFault } from './faults.ts';
import type { Api } from './requests.ts';
import type { World } from './world.ts';

/** The values in Hono's context: the Node request and what the edge has read. */
export interface Env {
  Bindings: HttpBindings;
  Variables: { body: string; appearAfter: number; tooLarge: boolean };
}

/** How a cloud renders a refusal. */
type RenderRefusal = (refusal: Refusal) => Response;

/** Faults that reply before the request reaches the cloud. */
const DEFAULT_STATUS: Record<string, number> = {
  error_before: 500,
  error_after_commit: 500,
  rate_limit: 429,
  html: 502,
  failed_envelope: 200,
  garbage_json: 200,
};

const HTML = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';
const GARBAGE = '{"pods": [{"id": "pod_';

/**
 * The network in front of one cloud: reads the body (bounded), logs the request, brings the world up to date
 * and applies faults. Everything behind it sees a whole request and nothing of the faults.
 */
export function edge(world: World, api: Api, render: RenderRefusal): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { incoming, outgoing } = c.env;
    const { text, tooLarge } = await readAll(incoming);
    const { path, query } = target(incoming, `/${api}`);
    const method = incoming.method ?? '';
    const entry = world.requests.record({
      at: new Date(world.clock.now()).toISOString(),
      cloud: api,
      method,
      path,
      query,
      headers: plainHeaders(incoming),
      body: text,
    });
    const { delayMs, appearAfter, fault } = world.faults.judge(api, method, path);
    if (delayMs > 0) await sleep(delayMs, undefined, { signal: world.closing }).catch(() => undefined);
    if (fault?.kind === 'hang') {
      await goneAway(outgoing, world.closing);
      return RESPONSE_ALREADY_SENT;
    }
    if (fault?.kind === 'drop_before') return drop(incoming);
    if (fault && !commits(fault)) {
      const reply = spoiled(fault, api, render);
      entry.status = reply.status;
      date(world, reply);
      return reply;
    }
    world.advance();
    c.set('body', text);
    c.set('appearAfter', appearAfter);
    c.set('tooLarge', tooLarge);
    await next();
    if (fault?.kind === 'drop_after_commit') {
      replace(c, drop(incoming));
      return;
    }
    if (fault) replace(c, spoiled(fault, api, render));
    entry.status = c.res.status;
    date(world, c.res);
  };
}

/** The Date of a reply is the time in the simulator. */
const date = (world: World, reply: Response): void =>
  reply.headers.set('date', new Date(world.clock.now()).toUTCString());

/** Replaces the reply. Hono itself would copy the old reply's headers to the new one. */
function replace(c: Context<Env>, reply: Response): void {
  c.res = undefined;
  c.res = reply;
}

const commits = (fault: LiveFault) =>
  fault.kind === 'drop_after_commit' || fault.kind === 'error_after_commit' || fault.kind === 'garbage_json';

function spoiled(fault: LiveFault, api: Api, render: RenderRefusal): Response {
  const status = fault.status ?? DEFAULT_STATUS[fault.kind] ?? 500;
  if (fault.kind === 'html') return withType(HTML, status, 'text/html; charset=utf-8', fault);
  if (fault.kind === 'garbage_json') return withType(GARBAGE, status, 'application/json', fault);
  if (fault.kind === 'failed_envelope') {
    const message = 'The request could not be carried out.';
    const body =
      api === 'volt'
        ? { success: false, message }
        : api === 'nebula'
          ? { message, status: 'failed' }
          : { error: { message, type: 'server_error', param: null, code: null } };
    return withType(JSON.stringify(body), status, 'application/json', fault);
  }
  const retry = fault.retry_after ?? (fault.kind === 'rate_limit' ? '60' : undefined);
  const more = retry === undefined ? {} : { retryAfter: retry };
  return render(new Refusal(status, ...wordsOf(status), more));
}

function withType(body: string, status: number, type: string, fault: LiveFault): Response {
  const headers = new Headers({ 'content-type': type });
  if (fault.retry_after !== undefined) headers.set('retry-after', fault.retry_after);
  return new Response(body, { status, headers });
}

/** Code and message of a status that a fault gives. */
function wordsOf(status: number): [code: string, message: string] {
  if (status === 429) return ['RATE_LIMITED', 'Rate limit exceeded. Wait for the Retry-After period.'];
  if (status === 502) return ['UPSTREAM_UNAVAILABLE', 'Upstream provider temporarily unavailable.'];
  if (status < 500) return ['REFUSED', 'The request was refused.'];
  return ['INTERNAL', 'Unexpected server error.'];
}

function drop(incoming: IncomingMessage): Response {
  incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}

function goneAway(outgoing: ServerResponse, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => resolve();
    if (outgoing.destroyed || closing.aborted) return done();
    outgoing.once('close', done);
    closing.addEventListener('abort', done, { once: true });
  });
}

async function readAll(incoming: IncomingMessage): Promise<{ text: string; tooLarge: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString('utf8'), tooLarge: size > MAX_BODY_BYTES };
}

function target(incoming: IncomingMessage, prefix: string): { path: string; query: Record<string, string> } {
  const raw = incoming.url ?? '/';
  const cut = raw.indexOf('?');
  const path = cut === -1 ? raw : raw.slice(0, cut);
  const query = cut === -1 ? {} : Object.fromEntries(new URLSearchParams(raw.slice(cut + 1)));
  return { path: path.startsWith(prefix) ? path.slice(prefix.length) || '/' : path, query };
}

function plainHeaders(incoming: IncomingMessage): Record<string, string> {
  const pairs = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries(pairs);
}
