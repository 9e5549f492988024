import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import {
  type CallToolResult,
  type ElicitRequestFormParams,
  ElicitRequestSchema,
  type ElicitResult,
} from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'vitest';
import type { Variable } from '../src/config/read.ts';
import type { Job, Machine, Pod } from '../src/core/model.ts';
import type { Plan } from '../src/core/plan.ts';
import type { CloudId } from '../src/core/ref.ts';
import type { Runtime } from '../src/engine/runtime.ts';
import { createServer } from '../src/mcp/v1/server.ts';
import type { LoggedRequest } from '../src/sandbox/requests.ts';
import type { RunningSandbox } from '../src/sandbox/serve.ts';
import type { World } from '../src/sandbox/world.ts';
import { challengeOf } from '../testbed/challenge.ts';
import { openTestbed, type ShownSpend, STARTS_AT } from '../testbed/testbed.ts';
import type { VirtualTime } from '../testbed/virtual-time.ts';
import { afterEvery } from './after.ts';
import { connectModern } from './modern.ts';
import { ON_CI } from './on-ci.ts';
import { isModern } from './revision.ts';
import { unruled } from './settings-rule.ts';

export { challengeOf };

/** What the person behind a client answers: typed text, or the raw answer of the client. */
export type PersonAnswer = string | ElicitResult;
/** The person behind a client. `schema` is the requestedSchema of the form; `signal` aborts when the server gives up. */
export type Person = (
  message: string,
  schema: ElicitRequestFormParams['requestedSchema'],
  signal: AbortSignal,
) => PersonAnswer | Promise<PersonAnswer>;

/** A thing as results show it: its ref, and what its cloud gave. */
export type Shown<T extends { ref: string }> = Pick<T, 'ref'> & Partial<Omit<T, 'ref' | 'cloud' | 'id'>>;

/** The cloud's own id in a ref. */
export const idIn = (ref: string | undefined): string => ref?.split(':').slice(2).join(':') ?? '';

/** structuredContent of any tool. The JSON edge of all protocol tests: what is named here is typed, nothing is checked. */
export interface Structured {
  status?: string;
  message?: string;
  reconciled?: boolean;
  sandbox?: boolean;
  plan?: Plan;
  changes?: string[];
  confirmation?: { token: string; expires_at: string; reply?: string };
  error?: {
    code: string;
    message: string;
    hint: string | null;
    retryable: boolean;
    retry_after_seconds: number | null;
    cloud: string | null;
    candidates?: string[];
  };
  pod?: Shown<Pod>;
  pods?: Shown<Pod>[];
  job?: Shown<Job>;
  jobs?: Shown<Job>[];
  machines?: Shown<Machine>[];
  spend?: ShownSpend;
  ref?: string;
  total?: number;
  next_cursor?: string | null;
  errors?: { cloud: string; code: string; message: string }[];
  [field: string]: unknown;
}

/** One answer of a tool. `text` is all text content joined by newlines. */
export interface Called {
  structured: Structured;
  text: string;
  isError: boolean;
  content: CallToolResult['content'];
}

export interface CallOptions {
  signal?: AbortSignal;
  onProgress?: (message: string) => void;
}

/** One MCP client on a connection (= session) of its own. */
export interface Connection {
  client: Client;
  /** The messages of all questions that this client was asked, in order. */
  asked: string[];
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<Called>;
}

export interface HarnessOptions {
  /** The person behind the client; left out, the client has no capability to ask. `agrees` types what is asked for. */
  elicit?: Person;
  /** Settings by the name of their variable, e.g. `{ GPU_MCP_CONFIRM: 'human' }`; they win over the harness's own. */
  config?: Partial<Record<Variable, string>>;
  /** More variables of the environment: `GPU_MCP_SECRET_*`. The real one is never read. */
  env?: Record<string, string>;
  /** Which clouds have a key; default both. */
  clouds?: readonly CloudId[];
  /** The place of the state. Default: `memory`; on CI `files` over 2025-11-25. */
  state?: 'files' | 'memory';
  /** Start of the sandbox clock, which is stopped unless a test or the server's own sleep advances it. */
  start?: string;
  seed?: number;
  /** The client says no before anybody can have read the question; otherwise a no takes a second. */
  isHasty?: boolean;
}

export interface Harness extends Connection {
  runtime: Runtime;
  sandbox: RunningSandbox;
  world: World;
  /** A temporary directory of this harness, gone after the test. Not made before the server writes to it. */
  stateDir: string;
  /** Every line the runtime logged. */
  logs: Record<string, unknown>[];
  /** The timers of poller and waits: `time.advance` moves the sandbox clock and fires what is due. */
  time: VirtualTime;
  /** Requests that change something, in order: everything but GET, and Nebula's GETs that start, stop or reboot. */
  writes(): LoggedRequest[];
  /** Another client on the same runtime, with a session of its own. */
  connect(elicit?: Person): Promise<Connection>;
  /** Closes everything; runs by itself after each test. */
  close(): Promise<void>;
}

/** What a client that cannot ask needs for its second call, from the reply to the first. */
export function consentOf({ structured, text }: Called): { confirmation_token: string; user_reply: string } {
  const token = structured.confirmation?.token;
  const reply = structured.confirmation?.reply;
  if (token === undefined || reply === undefined) throw new Error(`no token in: ${text}`);
  return { confirmation_token: token, user_reply: reply };
}

/** The time at which every harness starts. */
export const HARNESS_START = STARTS_AT;

/** Inputs of create_pod that the fresh sandbox accepts: $0.39/h, $0.49/h and $2.40/h. */
export const VOLT_POD = {
  machine: 'volt:machine:mach_rtx4090_01',
  name: 'trainer',
  template: 'volt:template:tpl_pytorch21',
  ssh_keys: ['volt:ssh_key:key_abc123'],
};
export const NEBULA_POD = {
  machine: 'nebula:machine:prd-ca-a6000-1',
  name: 'trainer',
  image: 'nebula:image:img-ca1-ubuntu2204',
  ssh_keys: ['nebula:ssh_key:73'],
};
export const TARGON_POD = {
  machine: 'volt:machine:mach_h200_targon_01',
  name: 'enclave',
  resource_name: 'h200-small',
  image: 'vllm/vllm-openai:v0.8.0',
};
/** A fine-tuning job: $55.50 as the sandbox bills it, at most $92.50 (2 h of an 8B model). */
export const TEXT_JOB = {
  name: 'support-bot',
  task_type: 'text',
  model: 'meta-llama/Llama-3.1-8B-Instruct',
  hours: 2,
  dataset_repo: 'myorg/support-qa',
};

/** A person who types what is asked for. */
export const agrees: Person = (message) => challengeOf(message);

const open = new Set<() => Promise<void>>();
afterEvery(async () => {
  await Promise.all([...open].map((close) => close()));
});

const ACTION = /^\/computing\/instance\/[^/]+\/(start|stop|reboot)$/;
const isWrite = ({ method, path }: LoggedRequest): boolean => method !== 'GET' || ACTION.test(path);

const toAnswer = (answer: PersonAnswer): ElicitResult =>
  typeof answer === 'string' ? { action: 'accept', content: { confirm: answer } } : answer;

/** The official client of 2025-11-25. */
async function connectOld(
  runtime: Runtime,
  elicit: Person | undefined,
  answered: (answer: PersonAnswer) => ElicitResult,
  note: (message: string) => void,
): Promise<Client> {
  const client = new Client(
    { name: 'harness', version: '1' },
    { capabilities: elicit === undefined ? {} : { elicitation: { form: {} } } },
  );
  if (elicit !== undefined) {
    client.setRequestHandler(ElicitRequestSchema, async ({ params }, { signal }) => {
      if (!('requestedSchema' in params)) throw new Error('only forms are expected');
      note(params.message);
      return answered(await elicit(params.message, params.requestedSchema, signal));
    });
  }
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  await createServer(runtime).connect(theirs);
  await client.connect(mine);
  return client;
}

/** A client with a session of its own on a runtime. `readPlan` passes the time that a person needs to say no. */
export async function connectClient(
  runtime: Runtime,
  elicit: Person | undefined,
  readPlan: () => void = () => {},
): Promise<Connection> {
  const asked: string[] = [];
  const answered = (answer: PersonAnswer): ElicitResult => {
    const given = toAnswer(answer);
    if (given.action !== 'accept' || given.content?.confirm !== challengeOf(asked.at(-1) ?? '')) readPlan();
    return given;
  };
  const note = (message: string) => void asked.push(message);
  const client = isModern()
    ? await connectModern(runtime, elicit, answered, note)
    : await connectOld(runtime, elicit, answered, note);
  return {
    client,
    asked,
    async call(name, args = {}, { signal, onProgress } = {}) {
      const result = (await client.callTool({ name, arguments: args }, undefined, {
        timeout: 60_000,
        ...(signal !== undefined && { signal }),
        ...(onProgress !== undefined && { onprogress: ({ message }) => onProgress(message ?? '') }),
      })) as CallToolResult;
      const structured = (result.structuredContent ?? {}) as Structured;
      expect(unruled(structured), 'texts that name a setting and do not say to leave it').toEqual([]);
      return {
        structured,
        text: result.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'),
        isError: result.isError === true,
        content: result.content,
      };
    },
  };
}

/**
 * A whole server as in production (config, clouds, gate, protocol) against the sandbox over loopback HTTP, with a
 * real MCP client over an in-memory transport. Time is the sandbox's: it is stopped, and if the server would
 * sleep it jumps ahead instead.
 */
export async function startHarness({ elicit, env = {}, ...options }: HarnessOptions = {}): Promise<Harness> {
  const logs: Record<string, unknown>[] = [];
  const testbed = await openTestbed({
    state: ON_CI && !isModern() ? 'files' : 'memory',
    ...options,
    env,
    log: (event) => logs.push(event),
  });
  const { runtime, sandbox, world, stateDir, time } = testbed;
  const connections: Connection[] = [];
  const connect = async (person?: Person) => {
    const connection = await connectClient(
      runtime,
      person,
      options.isHasty === true ? () => {} : () => world.clock.advance(1),
    );
    connections.push(connection);
    return connection;
  };
  const close = async () => {
    if (!open.delete(close)) return;
    await Promise.all(connections.map(({ client }) => client.close()));
    await testbed.close();
  };
  open.add(close);
  const first = await connect(elicit);
  const writes = () => world.requests.filter(isWrite);
  return { ...first, runtime, sandbox, world, stateDir, logs, time, writes, connect, close };
}
