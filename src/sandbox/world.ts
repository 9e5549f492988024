import { type Clock, createClock, isoSeconds } from './clock.ts';
import { NEBULA_API_KEY, OPENING_BALANCE, VOLT_API_KEY } from './constants.ts';
import { type Drift, driftSchema, noDrift } from './drift.ts';
import { createFaults, type Faults } from './faults.ts';
import { createInspection, type Inspection } from './inspection.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createPrices, createStock, type Prices, type Stock } from './market.ts';
import { freshNebula } from './nebula/inventory.ts';
import { advanceInstance } from './nebula/life.ts';
import type { NebulaState } from './nebula/state.ts';
import { createRandom, type Random } from './random.ts';
import { createRateWindows, type RateWindows } from './rate.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import { freshVolt } from './volt/inventory.ts';
import { advanceJob, advancePod } from './volt/life.ts';
import type { VoltState } from './volt/state.ts';
import type { WebhookDelivery } from './webhook.ts';

/** Where and how the sandbox runs. */
export interface WorldOptions {
  /** Sandbox seconds per real second, default 1; 0 freezes the clock. */
  speed?: number;
  /** Seed of ids and of the price walk, default 1. */
  seed?: number;
  /** ISO time at which the sandbox clock starts, default now. */
  start?: string;
}

/** Both simulated clouds with one clock and one ledger: what the HTTP routes serve and what tests may look into and change. */
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

/** Makes a fresh world without any server. Throws RangeError on an invalid `start` or `speed`. */
export function createWorld(options: WorldOptions = {}): World {
  const seed = options.seed ?? 1;
  const started = options.start === undefined ? null : Date.parse(options.start);
  if (started !== null && Number.isNaN(started))
    throw new RangeError(`start is not an ISO time: ${options.start}`);
  const speed = options.speed ?? 1;
  const closer = new AbortController();
  const pending = new Set<Promise<void>>();
  let random = createRandom(seed);
  const advance = () => advanceWorld(world);
  const clock = createClock(started ?? Date.now(), speed, advance);
  const world: World = {
    clock: { ...clock, iso: () => isoSeconds(clock.now()) },
    ledger: createLedger(OPENING_BALANCE, advance),
    requests: createRequestLog(),
    faults: createFaults(),
    prices: createPrices(
      () => world,
      () => random,
    ),
    stock: createStock(() => world),
    drift: noDrift(),
    setDrift: (switches) => {
      Object.assign(world.drift, driftSchema.partial().parse(switches));
    },
    webhooks: [],
    rates: createRateWindows(),
    keys: { volt: VOLT_API_KEY, nebula: NEBULA_API_KEY },
    canary: null,
    random,
    volt: freshVolt(),
    nebula: freshNebula(`sandbox-jwt-${seed}`),
    advance,
    reset() {
      random = createRandom(seed);
      world.random = random;
      world.volt = freshVolt();
      world.nebula = freshNebula(`sandbox-jwt-${seed}`);
      world.canary = null;
      Object.assign(world.drift, noDrift());
      clock.restart(started ?? Date.now(), speed);
      world.prices.walk(false);
      world.ledger.clear();
      world.requests.clear();
      world.faults.clear();
      world.rates.clear();
      world.webhooks.length = 0;
    },
    closing: closer.signal,
    background(work) {
      pending.add(work);
      void work.finally(() => pending.delete(work));
    },
    async idle() {
      await Promise.allSettled(pending);
    },
    async close() {
      closer.abort();
      await Promise.allSettled(pending);
    },
    ...createInspection(() => world),
  };
  return world;
}

function advanceWorld(world: World): void {
  const now = world.clock.now();
  world.prices.advance(now);
  for (const pod of world.volt.pods) advancePod(world, pod, now);
  for (const job of world.volt.jobs) advanceJob(world, job, now);
  for (const instance of world.nebula.instances) advanceInstance(world, instance, now);
}
