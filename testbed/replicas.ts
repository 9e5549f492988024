import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  type CallToolResult,
  ElicitRequestSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { type RunningSandbox, serveSandbox } from '../src/sandbox/serve.ts';
import type { World } from '../src/sandbox/world.ts';
import { challengeOf } from './challenge.ts';
import { type Front, startFront } from './front.ts';
import { settingsFor } from './testbed.ts';

/** A client of the front, with a session of its own. */
export interface ReplicaClient {
  client: Client;
  /** URIs that it got a notification of change for. */
  updates: string[];
  /** Questions that it was asked. */
  asked: string[];
  /** A tool's structured answer. @throws what the client throws, also when no answer came in time */
  call(name: string, args?: Record<string, unknown>, timeoutMs?: number): Promise<Record<string, unknown>>;
  sessionId(): string;
  close(): Promise<void>;
}

/** Servers as processes of their own on one store and one sandbox, behind a front. */
export interface Replicas {
  front: Front;
  sandbox: RunningSandbox;
  world: World;
  /** Seconds of the sandbox's clock in a real one. */
  speed: number;
  /** `hasPerson`: forms are answered with what they ask for. */
  connect(hasPerson?: boolean): Promise<ReplicaClient>;
  start(place: number): Promise<void>;
  /** SIGKILL by default; SIGTERM lets it finish what runs. Resolves when it is gone. */
  stop(place: number, signal?: NodeJS.Signals): Promise<void>;
  /** What the servers wrote to stderr. */
  stderr(): string;
  close(): Promise<void>;
}

/** `storeUrl`: the address of each place's store; null = files. `program`: dist/index.js or the like. */
export interface ReplicaOptions {
  count: number;
  program: string;
  storeUrl: (place: number) => string | null;
  speed?: number;
  settings?: Record<string, string>;
}

const CALL_MS = 30_000;

async function connectTo(url: string, hasPerson: boolean): Promise<ReplicaClient> {
  const asked: string[] = [];
  const updates: string[] = [];
  const capabilities = hasPerson ? { elicitation: { form: {} } } : {};
  const client = new Client({ name: 'replicas', version: '1' }, { capabilities });
  if (hasPerson)
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(params.message);
      return { action: 'accept' as const, content: { confirm: challengeOf(params.message) } };
    });
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    updates.push(params.uri);
  });
  client.onerror = () => {};
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
    // The official client gives its stream up after two tries, and a busy machine starts a server slowly.
    reconnectionOptions: {
      initialReconnectionDelay: 500,
      maxReconnectionDelay: 500,
      reconnectionDelayGrowFactor: 1,
      maxRetries: 200,
    },
  });
  await client.connect(transport);
  return {
    client,
    asked,
    updates,
    async call(name, args = {}, timeoutMs = CALL_MS) {
      const result = await client.callTool({ name, arguments: args }, undefined, { timeout: timeoutMs });
      return ((result as CallToolResult).structuredContent ?? {}) as Record<string, unknown>;
    },
    sessionId: () => transport.sessionId ?? '',
    close: () => client.close(),
  };
}

/** Starts them all. */
export async function startReplicas(options: ReplicaOptions): Promise<Replicas> {
  const { count, program, storeUrl, speed = 10, settings = {} } = options;
  const sandbox = await serveSandbox({ speed, seed: 1 });
  const dir = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-replicas-'));
  const front = await startFront(count);
  const children = new Map<number, ChildProcess>();
  const clients: ReplicaClient[] = [];
  let stderr = '';

  const start = async (place: number) => {
    const url = storeUrl(place);
    const child = spawn(process.execPath, [program, 'serve', '--http'], {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: dir,
        ...settingsFor(sandbox, join(dir, `state-${place}`)),
        GPU_MCP_HTTP_PORT: '0',
        GPU_MCP_MAX_USD_PER_HOUR: '1000',
        GPU_MCP_REQUESTS_PER_MINUTE: '100000',
        ...(url !== null && { GPU_MCP_STORE_URL: url }),
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.set(place, child);
    const listening = new Promise<string>((resolve, reject) => {
      let said = '';
      const read = (piece: Buffer) => {
        said = `${said}${piece}`.slice(-20_000);
        const [, found] = /(http:\/\/127\.0\.0\.1:\d+)\/mcp/.exec(said) ?? [];
        if (found !== undefined) resolve(found);
      };
      child.stdout?.on('data', read);
      child.stderr?.on('data', (piece: Buffer) => {
        stderr = `${stderr}${piece}`.slice(-200_000);
        read(piece);
      });
      child.once('exit', (code) => reject(new Error(`a replica ended with ${code}: ${said.slice(-2000)}`)));
    });
    front.put(place, await listening);
  };
  const stop = async (place: number, signal: NodeJS.Signals = 'SIGKILL') => {
    const child = children.get(place);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    front.put(place, null);
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  const close = async () => {
    await Promise.all(clients.map((client) => client.close().catch(() => {})));
    await Promise.all([...children.keys()].map((place) => stop(place)));
    await front.close();
    await sandbox.close();
    await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  };
  try {
    await Promise.all(Array.from({ length: count }, (_, place) => start(place)));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    front,
    sandbox,
    world: sandbox.world,
    speed,
    start,
    stop,
    close,
    stderr: () => stderr,
    async connect(hasPerson = false) {
      const client = await connectTo(front.url, hasPerson);
      clients.push(client);
      return client;
    },
  };
}
