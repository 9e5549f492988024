import type { BudgetState, BudgetStore } from '../core/budget.ts';
import type { Io } from '../core/cloud.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Log, Schedule } from '../core/live.ts';
import type { CloudId } from '../core/ref.ts';
import type { KeyForm } from './redact.ts';

/** What is wrong with a body, and at which path; never with its values. */
interface BodyFault {
  message: string;
  issues: readonly { path: PropertyKey[]; code: string }[];
}

/** Parses the body of a reply by an allow-list, as any zod schema does. */
export interface BodySchema<T> {
  safeParse(body: unknown): { success: true; data: T } | { success: false; error: BodyFault };
}

/**
 * An endpoint of a cloud, declared as data. `repeatable`: sending it twice has the same effect as sending it once. It is
 * never inferred from the method, because Nebula starts, stops and reboots with GET (Nebula Block API Reference,
 * Instances). Calls that are not repeatable need the gate's permit.
 */
export interface Endpoint<T> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path below the base URL with `:name` placeholders. */
  path: string;
  repeatable: boolean;
  response: BodySchema<T>;
  /** Which of the cloud's base URLs; default `api`. */
  base?: 'api' | 'inference';
  /** How the reply's body is read; default `json`. */
  reads?: 'json' | 'bytes' | 'events';
  /** Time until the reply must be complete; default 30,000 (events: until the next piece). */
  timeoutMs?: number;
  /** Largest body accepted, in bytes; default 8 MiB for JSON, 32 MiB for bytes and events. */
  maxBytes?: number;
  /** How long a reply may answer later reads; default 0. Only for catalogues, never for what somebody owns or owes. */
  cacheSeconds?: number;
}

/** Facts about a call for the log, filled in by the retry layer. */
export interface Trace {
  /** Status of the last reply; null if none came. */
  status: number | null;
  /** How often it was sent. */
  attempts: number;
}

/** One request on its way down the stack. Only its last step, which sends it, knows the key. */
export interface Call {
  cloud: CloudId;
  method: Endpoint<unknown>['method'];
  /** Full URL, every segment encoded. */
  url: string;
  /** The endpoint's declared path, for logs and metrics: ids never appear in it. */
  route: string;
  repeatable: boolean;
  reads: 'json' | 'bytes' | 'events';
  timeoutMs: number;
  maxBytes?: number | undefined;
  /** 0 = the reply answers this call alone. */
  cacheMs: number;
  headers: Record<string, string>;
  body: string | null;
  io: Io;
  /** For `events`: gets each `data:` payload as it arrives. */
  onEvent?: ((data: string) => void) | undefined;
  /** Called once the request begins to leave. */
  onSent?: (() => void) | undefined;
  trace: Trace;
}

/** A reply of any status. `body` is parsed JSON, raw text if it is not JSON, or bytes. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

export type Send = (call: Call) => Promise<Reply>;
export type Layer = (next: Send) => Send;

/** Wraps `send` in layers, the first being the outermost. */
export const compose = (layers: Layer[], send: Send): Send =>
  layers.reduceRight((next, layer) => layer(next), send);

/** The values for an endpoint: path parameters (raw ids), query, JSON body, and the sink of streamed events. */
export interface Given {
  params?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  onEvent?: (data: string) => void;
}

/** Sends one call to an endpoint and returns the reply parsed by its schema. @throws GpuError, never anything else. */
export type Request = <T>(endpoint: Endpoint<T>, io: Io, given?: Given) => Promise<T>;

/** The meaning of a reply that is not a success. */
export interface ReplyMeaning {
  code: ErrorCode;
  /** Completes "Volt …" in the message; the HTTP status and the cloud's own words follow it. */
  verb: string;
  hint?: string;
  /** True if the cloud certainly did nothing and will not, whatever the status: the call is not sent again. */
  refused?: true;
}

/**
 * A cloud's own reading of a reply to a declared route; it overrides the row of the status table (`replies.ts`).
 * Null: the status alone counts, so a 2xx is a success.
 */
export type Explain = (reply: Reply, route: string) => Partial<ReplyMeaning> | null;

/**
 * True if the body has the documented form of this cloud's errors. A "not found" in any other form (a proxy's page, a
 * gateway's JSON, an empty body) came from a server in between and proves nothing.
 */
export type IsOwnError = (reply: Reply, route: string) => boolean;

/** The proxies on the way to the clouds, from the environment. Loopback addresses are never proxied. */
export interface Proxies {
  https?: string | undefined;
  http?: string | undefined;
  /** Hosts that need no proxy, separated by commas. */
  none?: string | undefined;
}

/**
 * What the stack needs from outside. Times in milliseconds. `sleep` rejects if the signal aborts. `now` is the wall clock,
 * for times that are shown or come from a cloud; `monotonic` never jumps and measures ages, pauses and windows.
 */
export interface RestDeps {
  log: Log;
  now: () => number;
  monotonic: () => number;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  random: () => number;
  /** Max repetitions of a read, and of a write that was rate limited. Default: the policy's. */
  maxRetries?: number;
  /** Makes the signal that ends a request which takes too long. Default: a real timer. */
  timer?: Schedule;
  proxies?: Proxies;
  /** The request count of all processes with this cloud's key; left out = they are not counted. */
  budgetFor?: (cloud: CloudId) => BudgetStore;
  /** This program's version, for the User-Agent. */
  version?: string;
}

/** What a cloud gives to get its stack. */
export interface StackOptions {
  cloud: CloudId;
  /** The cloud's name in a sentence, as in its manifest. */
  title: string;
  /** Normalised base URLs without a trailing slash. */
  bases: { api: string; inference?: string };
  /** The secret; used only to send, and by the redactor. */
  key: string;
  /** The forms of this cloud's keys, for the redactor. */
  keyForms: readonly KeyForm[];
  /** The header that carries the key. */
  authorize: (key: string) => Record<string, string>;
  explain: Explain;
  isOwnError: IsOwnError;
  /** Documented requests an hour; null if none is documented. */
  hourlyBudget: number | null;
  deps: RestDeps;
}

/** A cloud's ready stack. */
export interface Stack {
  request: Request;
  budget: () => BudgetState | null;
  /** The cloud's own clock, milliseconds, as the Date of its last reply showed it; ours before the first one. */
  now: () => number;
  close: () => Promise<void>;
}
