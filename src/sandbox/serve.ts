import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { TrieRouter } from 'hono/router/trie-router';
import { mountAdmin } from './admin.ts';
import { createWorld } from './create-world.ts';
import { type Env, edge } from './edge.ts';
import { type ApiDeclaration, invalid, type RawCall, Refusal, type Reply } from './endpoint.ts';
import { nebula } from './nebula/index.ts';
import { inference } from './nebula/inference.ts';
import { volt } from './volt/index.ts';
import type { World, WorldOptions } from './world.ts';

/** Where the sandbox listens and how its world starts. */
export interface SandboxOptions extends WorldOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
}

/** A running sandbox. */
export interface RunningSandbox {
  /** http://127.0.0.1:PORT */
  url: string;
  /** Keys and addresses by the ids of the clouds, and by the names that settings have for them. */
  clouds: Readonly<Record<string, { key: string; urls: Readonly<Record<string, string>> }>>;
  volt: { baseUrl: string; apiKey: string };
  nebula: { baseUrl: string; inferenceUrl: string; apiKey: string };
  /** The world behind the routes, for tests in the same process. */
  world: World;
  /** Closes the server and all connections and ends webhook calls in flight. */
  close(): Promise<void>;
}

/** Serves both simulated clouds and the admin endpoints over HTTP. Rejects if the address cannot be bound. */
export async function serveSandbox(options: SandboxOptions = {}): Promise<RunningSandbox> {
  const { host = '127.0.0.1', port = 0, ...worldOptions } = options;
  const world = createWorld(worldOptions);
  // Most simulators answer a few requests and end, so the default router, which compiles its patterns, would be slower.
  const app = new Hono<Env>({ router: new TrieRouter() });
  for (const api of [volt, nebula, inference]) mount(app, world, api);
  mountAdmin(app, world);
  app.onError((error) => Response.json({ error: `sandbox: ${error.message}` }, { status: 500 }));
  const server = createServer(
    // The process's own Request and Response must stay what they are: a server in the same process uses them.
    getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false }),
  );
  await listen(server, port, host);
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  return {
    url,
    clouds: {
      volt: { key: world.keys.volt, urls: { api: `${url}/volt` } },
      nebula: {
        key: world.keys.nebula,
        urls: { api: `${url}/nebula`, inference: `${url}/inference` },
      },
    },
    volt: { baseUrl: `${url}/volt`, apiKey: world.keys.volt },
    nebula: { baseUrl: `${url}/nebula`, inferenceUrl: `${url}/inference`, apiKey: world.keys.nebula },
    world,
    close: () => shut(server, world),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function shut(server: Server, world: World): Promise<void> {
  await world.close();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Mounts an API under `/volt`, `/nebula` or `/inference`. Order of checks: size, credentials, route, form, sense. */
function mount(app: Hono<Env>, world: World, declared: ApiDeclaration): void {
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
        if (!endpoint.open) declared.authenticate(headers(c), world);
        if (c.req.method !== endpoint.method) throw unknownRoute(c);
        const reply = await endpoint.handle(rawCall(c, world));
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

function rawCall(c: Context<Env>, world: World): RawCall {
  return {
    world,
    params: c.req.param(),
    search: new URL(c.req.url).searchParams,
    contentType: c.req.header('content-type') ?? null,
    body: c.get('body'),
    appearAfter: c.get('appearAfter'),
  };
}

/** Turns a reply into the HTTP response. */
function respond(reply: Reply): Response {
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
