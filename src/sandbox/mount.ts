import type { Context } from 'hono';
import { Hono } from 'hono';
import { type Env, edge } from './edge.ts';
import type { Caller, Endpoint, RawCall, Reply } from './endpoint.ts';
import { invalid, Refusal } from './refusal.ts';
import type { Api } from './request-log.ts';
import type { World } from './world.ts';

/** One simulated API: its endpoints and its habits. */
export interface ApiDeclaration {
  api: Api;
  endpoints: readonly Endpoint[];
  /** Checks the credentials. Throws Refusal. */
  authenticate(headers: Record<string, string | undefined>, world: World): Caller;
  /** The cloud's error envelope for a refusal. */
  envelope(refusal: Refusal, world: World): { status: number; body: unknown };
  /** Changes a success reply if a drift switch asks for it. */
  reshape?(endpoint: Endpoint, reply: Reply, world: World): Reply;
}

/** Mounts an API under `/volt`, `/nebula` or `/inference`. Order of checks: size, credentials, route, form, sense. */
export function mount(app: Hono<Env>, world: World, declared: ApiDeclaration): void {
  const routes = new Hono<Env>();
  const render = (refusal: Refusal) => {
    const { status, body } = declared.envelope(refusal, world);
    const reply = respond({ status, json: body });
    if (refusal.retryAfter !== null) reply.headers.set('retry-after', refusal.retryAfter);
    return reply;
  };
  const guarded = async (c: Context<Env>, serve: () => Promise<Response>) => {
    try {
      if (c.get('tooLarge')) throw invalid('The request body is too large.');
      return await serve();
    } catch (error) {
      if (error instanceof Refusal) return render(error);
      throw error;
    }
  };
  routes.use('*', edge(world, declared.api, render));
  for (const endpoint of declared.endpoints) {
    routes.on(endpoint.method, endpoint.path, (c) =>
      guarded(c, async () => {
        const caller = endpoint.open ? { key: '' } : declared.authenticate(headers(c), world);
        if (c.req.method !== endpoint.method) throw unknownRoute(c);
        const reply = await endpoint.handle(rawCall(c, world, caller));
        return respond(declared.reshape?.(endpoint, reply, world) ?? reply);
      }),
    );
  }
  routes.all('*', (c) =>
    guarded(c, async () => {
      declared.authenticate(headers(c), world);
      throw unknownRoute(c);
    }),
  );
  app.route(`/${declared.api}`, routes);
}

const headers = (c: Context<Env>) => c.req.header();

function unknownRoute(c: Context<Env>): Refusal {
  return new Refusal(404, 'NOT_FOUND', `No such endpoint: ${c.req.method} ${new URL(c.req.url).pathname}`);
}

function rawCall(c: Context<Env>, world: World, caller: Caller): RawCall {
  return {
    world,
    caller,
    params: c.req.param(),
    search: new URL(c.req.url).searchParams,
    contentType: c.req.header('content-type') ?? null,
    body: c.get('body'),
    appearAfter: c.get('appearAfter'),
  };
}

/** Turns a reply into the HTTP response. */
export function respond(reply: Reply): Response {
  if ('json' in reply) {
    const headers = { 'content-type': 'application/json' };
    return new Response(JSON.stringify(reply.json), { status: reply.status, headers });
  }
  if ('stream' in reply) {
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };
    return new Response(events(reply.stream), { status: reply.status, headers });
  }
  const headers = {
    'content-type': reply.type,
    'content-disposition': `attachment; filename="${reply.filename}"`,
  };
  return new Response(Buffer.from(reply.bytes), { status: reply.status, headers });
}

function events(data: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const left = data.values();
  return new ReadableStream({
    pull(controller) {
      const { value, done } = left.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(`data: ${value}\n\n`));
    },
  });
}
