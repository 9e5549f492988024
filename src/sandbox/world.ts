import type { Clock } from './clock.ts';
import type { Drift } from './drift.ts';
import type { Faults } from './faults.ts';
import type { Cloud, Ledger } from './ledger.ts';
import type { Prices, Stock } from './market.ts';
import type { NebulaState } from './nebula/state.ts';
import type { Random } from './random.ts';
import type { RateWindows, RequestLog } from './requests.ts';
import type { VoltState } from './volt/state.ts';

/** A pod or instance for tests; `state` is the cloud's raw state. */
export interface PodView {
  cloud: Cloud;
  id: string;
  name: string;
  state: string;
  gpu: string;
  gpu_count: number;
  usd_per_hour: number;
  created_at: string;
  /** null while it lives; only Nebula keeps deleted ones. */
  deleted_at: string | null;
  outside: boolean;
}

/** A job for tests. */
export interface JobView {
  id: string;
  name: string;
  status: string;
  hours: number;
  usd_per_hour: number;
  total_usd: number;
  created_at: string;
}

/** The pod of another user; fields that are left out come from the first machine with room. */
export interface OutsidePod {
  name?: string;
  /** Raw state, default running / Running. */
  state?: string;
  /** Volt machine id or Nebula product id. */
  machine_id?: string;
  product_id?: string;
  gpu_count?: number;
  /** Volt: ids of the SSH keys on it, default none. */
  ssh_keys?: string[];
}

/** Functions with which tests read and change the world. They work on the present state; unknown ids throw RangeError. */
export interface Inspection {
  readonly pods: { list(cloud?: Cloud): PodView[]; get(cloud: Cloud, id: string): PodView | null };
  readonly jobs: { list(): JobView[]; get(id: string): JobView | null };
  setPodState(cloud: Cloud, id: string, raw: string): void;
  setJobStatus(id: string, status: string): void;
  /** Adds a pod that was not created over this API. Returns its id. It bills like any other. */
  addPod(cloud: Cloud, fields?: OutsidePod): string;
}

/** One webhook call, sent or withheld. */
export interface WebhookDelivery {
  at: string;
  job: string;
  url: string;
  payload: Record<string, unknown>;
  /** `pending` until the receiver answered; only loopback hosts are ever called. */
  outcome: 'pending' | 'delivered' | 'refused' | 'failed' | 'not_loopback';
  status: number | null;
}

/** Where and how the sandbox runs. */
export interface WorldOptions {
  /** Sandbox seconds per real second, default 1; 0 freezes the clock. */
  speed?: number;
  /** Seed of ids and of the price walk, default 1. */
  seed?: number;
  /** ISO time at which the sandbox clock starts, default now. */
  start?: string;
}

/** Both simulated clouds with one clock and one ledger: the HTTP routes serve it, and tests may read and change it. */
export interface World extends Inspection {
  readonly clock: Clock & { iso(): string };
  readonly ledger: Ledger;
  readonly requests: RequestLog;
  readonly faults: Faults;
  readonly prices: Prices;
  readonly stock: Stock;
  /** Switches; assign to a field or use `setDrift`. */
  readonly drift: Drift;
  setDrift(switches: Partial<Drift>): void;
  readonly webhooks: WebhookDelivery[];
  readonly rates: RateWindows;
  readonly keys: { volt: string; nebula: string };
  /** Text planted wherever a cloud could put a secret or free text; null plants nothing. */
  canary: string | null;
  random: Random;
  volt: VoltState;
  nebula: NebulaState;
  /** Brings every life cycle, accrual and price up to the present. */
  advance(): void;
  /** Back to a fresh account; speed, start and seed are those of the beginning. */
  reset(): void;
  /** Aborted when the sandbox closes. */
  readonly closing: AbortSignal;
  /** Remembers work that `close` must wait for. */
  background(work: Promise<void>): void;
  /** Resolves when all webhook calls so far have ended. */
  idle(): Promise<void>;
  close(): Promise<void>;
}
