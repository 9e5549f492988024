import type { Cloud, Clouds, Io } from './cloud.ts';
import { GpuError } from './errors.ts';
import { type Feature, hasFeature } from './features.ts';
import type { Live, Webhook } from './live.ts';
import type { Leases, Planned } from './plan.ts';
import type { Caps, Results, Toolset } from './policy.ts';
import { type CloudId, type Kind, parseRef, type Ref, wrongRef } from './ref.ts';
import type { Fleet, Spend, SpendBook } from './spend.ts';

/** A private file that waits for its content. */
export interface ReservedFile {
  path: string;
  /** Puts the content on disk. */
  fill(content: string): Promise<void>;
  /** Removes it: there will be no content. Never rejects. */
  drop(): Promise<void>;
}

/** Files with mode 0600 for secrets and documents that must not pass through the model. */
export interface PrivateFiles {
  /**
   * Creates the file of a secret on disk before the secret exists: one that is shown only once must not be lost because
   * the disk is full.
   */
  reserve(name: string): Promise<ReservedFile>;
  /** Writes a new file in the state directory and returns its path. Never overwrites. */
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** Writes a result that was paid for, as `write` does; a week later it is removed. */
  keep(name: string, content: string | Uint8Array): Promise<string>;
  /** Removes paid results that are older than a week. */
  removeOld(): Promise<void>;
  /** False if one-time secrets may not be written (a shared HTTP server, unless the operator allows it). */
  allowsSecrets: boolean;
}

/** The spending of the account, and its limits. */
export interface Spending {
  caps: Caps;
  /** Debits, refunds and metered uses through the servers of this account. */
  book: SpendBook;
  leases: Leases;
  /** The lease of a new pod if the caller names none; null = none. */
  default_lifetime_hours: number | null;
  /** All live pods and what they cost an hour, with orders in flight. In one reading the clouds are asked once. */
  fleet(): Promise<Fleet>;
  /** The report of get_spend, with all notices: it waits until orders that a crash left open were reconciled. */
  report(): Promise<Spend>;
  /** The result shows these notices itself: none is added to it. */
  markNoticesShown(texts: readonly string[]): Promise<void>;
  /** The characters of the notices that are added to the result: a list leaves room for them. */
  noticeCharacters(): Promise<number>;
}

/** Everything a tool can reach. Tools hold no other state. */
export interface ToolContext {
  clouds: Clouds;
  io: Io;
  now(): Date;
  /** Milliseconds on a clock that never jumps, to measure durations. */
  monotonic(): number;
  /** Reports the progress of a long call to the client. Does nothing without a progress token. */
  progress(done: number, total: number | null, message: string): void;
  spending: Spending;
  /** The forms of a result that are read: a long list is cut to fit into each of them. */
  results: Results;
  /** The groups of tools of this server. */
  toolsets: ReadonlySet<Toolset>;
  /** Live state: one poller for everything that waits. */
  live: Live;
  /** The URL at which each cloud may report the end of a job; empty unless an HTTP server with a public URL takes such reports. */
  webhooks: ReadonlyMap<CloudId, Webhook>;
  files: PrivateFiles;
  /**
   * Keeps a result that was paid for so that the caller can get it: in a file, whose path is returned; over HTTP as a
   * resource, whose `gpu://` URI is returned. Rejects if it cannot be kept. `type`: its MIME type.
   */
  savePaid(name: string, type: string, content: string | Uint8Array): Promise<string>;
  /** The same for a document that the cloud gives again: its file is never removed. */
  saveDocument(name: string, type: string, content: string | Uint8Array): Promise<string>;
  /** Masks this secret in every result and log line from now on. */
  hide(secret: string): void;
  /** A secret that the operator set for tools to use, as a variable or a file; only `GPU_MCP_SECRET_*`. */
  secret(name: string): string | undefined;
}

/** Parses a ref of the expected kind and finds its cloud. @throws GpuError `invalid_input`, `not_configured` */
export function resolve(
  ctx: ToolContext,
  text: string,
  kind: Kind,
  field: string = kind,
): Ref & { at: Cloud } {
  const ref = parseRef(text, kind, field);
  if (!ctx.clouds.knows(ref.cloud)) throw wrongRef(kind, field, 'it names no cloud that this server knows.');
  return { ...ref, at: ctx.clouds.get(ref.cloud) };
}

/** The cloud that a plan is for. @throws GpuError `not_configured` if its key is gone since */
export function plannedCloud(ctx: ToolContext, { cloud, plan }: Planned): Cloud {
  if (cloud === null) throw new Error(`the plan of ${plan.action} names no cloud`);
  return ctx.clouds.get(cloud);
}

/** The cloud that the input names, or the only one that can do it. @throws GpuError `invalid_input` if several can. */
export function chooseCloud(ctx: ToolContext, named: CloudId | undefined, need: Feature): Cloud {
  if (named !== undefined) return ctx.clouds.get(named);
  const candidates = ctx.clouds.all().filter((cloud) => hasFeature(cloud, need));
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  throw new GpuError('invalid_input', `cloud: needed, because ${candidates.length} clouds can do this.`, {
    hint: `Pass cloud as one of: ${candidates.map((cloud) => cloud.id).join(', ')}.`,
  });
}
