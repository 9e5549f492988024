import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { TrieRouter } from 'hono/router/trie-router';
import { mountAdmin } from './admin.ts';
import type { Env } from './edge.ts';
import { inference } from './inference.ts';
import { mount } from './mount.ts';
import { nebula } from './nebula/index.ts';
import { volt } from './volt/index.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

/** Where the sandbox listens and how its world starts. */
export interface SandboxOptions extends WorldOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
}

/** A sandbox that answers. */
export interface RunningSandbox {
  /** http://127.0.0.1:PORT */
  url: string;
  /** Keys and addresses of both clouds, by the names that settings have for them. */
  clouds: Readonly<Record<'volt' | 'nebula', { key: string; urls: Record<string, string> }>>;
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
  // Most simulators answer a few requests and end; the default router compiles its patterns first.
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
