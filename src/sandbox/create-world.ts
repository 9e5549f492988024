import { createClock, isoSeconds } from './clock.ts';
import { NEBULA_API_KEY, OPENING_BALANCE, VOLT_API_KEY } from './constants.ts';
import { driftSchema, noDrift } from './drift.ts';
import { createFaults } from './faults.ts';
import { createInspection } from './inspection.ts';
import { createLedger } from './ledger.ts';
import { createPrices, createStock } from './market.ts';
import { advanceInstance } from './nebula/instance.ts';
import { freshNebula } from './nebula/inventory.ts';
import { createRandom } from './random.ts';
import { createRateWindows, createRequestLog } from './requests.ts';
import { freshVolt } from './volt/inventory.ts';
import { advanceJob } from './volt/job-life.ts';
import { advancePod } from './volt/pod-life.ts';

import type { World, WorldOptions } from './world.ts';

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
