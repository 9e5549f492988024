import type { Clouds } from '../core/cloud.ts';
import type { PrivateFiles } from '../core/context.ts';
import type { Log, Webhook } from '../core/live.ts';
import type { Results } from '../core/policy.ts';
import type { CloudId } from '../core/ref.ts';
import type { SpendBook } from '../core/spend.ts';
import type { GateDeps } from '../gate/deps.ts';
import type { Poller } from '../live/poller/poller.ts';
import type { Selection } from '../tools/index.ts';
import type { Tool } from '../tools/tool.ts';
import type { ListedTool } from './listing.ts';
import type { NoticeBoard } from './notices.ts';

/** The server of one credential, created once and shared by its connections. */
export interface Runtime {
  version: string;
  clouds: Clouds;
  selection: Selection;
  tools: ReadonlyMap<string, Tool>;
  listed: (results: Results) => readonly ListedTool[];
  /** The form of results, unless a request asks for another. */
  results: Results;
  gate: GateDeps;
  /** The lease of a new pod if the caller names none; null = none. */
  defaultLifetimeHours: number | null;
  book: SpendBook;
  notices: NoticeBoard;
  /** Sends nothing until something is watched or waited for. */
  poller: Poller;
  /** Where a cloud can report the end of its jobs. Only the HTTP server sets it, for clouds that can reach it. */
  webhooks: ReadonlyMap<CloudId, Webhook>;
  /** Reconciles, once a process, the orders that a crash left open; resolves when the results are reported. Never rejects. */
  recover: () => Promise<void>;
  files: PrivateFiles;
  /** Where paid results are kept: in the store if callers cannot open the files of this server. */
  keeps_paid: 'files' | 'store';
  secret: (name: string) => string | undefined;
  now: () => Date;
  /** Milliseconds on a clock that never jumps, for ages and windows. */
  monotonic: () => number;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  sandbox: boolean;
  redact: (text: string) => string;
  /** From now on `redact` and the log hide this text too. */
  redactAlso: (secret: string) => void;
  log: Log;
}
