import type { Clock } from './clock.ts';
import { PRICE_WALK } from './constants.ts';
import { type Cloud, roundUsd } from './ledger.ts';
import type { NebulaProduct } from './nebula/state.ts';
import type { Random } from './random.ts';
import type { VoltMachine } from './volt/state.ts';

/** The machines and products with their prices and stock, and the time. */
interface Market {
  clock: Pick<Clock, 'now'>;
  volt: { machines: readonly VoltMachine[] };
  nebula: { products: readonly NebulaProduct[] };
}

/** Prices of machines and products, USD per hour (per GPU on Volt, per instance on Nebula). Ids that do not exist throw RangeError. */
export interface Prices {
  get(cloud: Cloud, id: string): number;
  set(cloud: Cloud, id: string, usd: number): void;
  /** Switches the seeded random walk on or off; off keeps the prices as they are. */
  walk(on: boolean): void;
  walking(): boolean;
  /** Takes all steps of the walk that are due. */
  advance(now: number): void;
}

/** Free GPUs of a Volt machine or stock of a Nebula product. */
export interface Stock {
  get(cloud: Cloud, id: string): number;
  /** Throws RangeError on an unknown id, a negative number, or more GPUs than the machine has. */
  set(cloud: Cloud, id: string, free: number): void;
  /** Nebula only: the `is_available` flag of a product. */
  setAvailable(productId: string, available: boolean): void;
}

const voltMachine = (market: Market, id: string): VoltMachine =>
  found(
    market.volt.machines.find((machine) => machine.id === id),
    `no Volt machine ${id}`,
  );
const nebulaProduct = (market: Market, id: string) =>
  found(
    market.nebula.products.find((product) => product.id === id),
    `no Nebula product ${id}`,
  );

function found<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new RangeError(message);
  return value;
}

/** The price board of a world. */
export function createPrices(market: () => Market, random: () => Random): Prices {
  let walkedTo: number | null = null;
  let origin = new Map<string, number>();
  const step = (key: string, price: number) => {
    const base = origin.get(key) ?? price;
    origin.set(key, base);
    const moved = price * (1 + (random().next() * 2 - 1) * PRICE_WALK.step);
    return roundUsd(Math.min(base * PRICE_WALK.ceiling, Math.max(base * PRICE_WALK.floor, moved)), 4);
  };
  return {
    get: (cloud, id) =>
      cloud === 'volt'
        ? voltMachine(market(), id).cost_per_gpu_hour
        : nebulaProduct(market(), id).price_per_hour,
    set(cloud, id, usd) {
      if (!Number.isFinite(usd) || usd < 0) throw new RangeError('usd must be a number of at least 0');
      if (cloud === 'volt') voltMachine(market(), id).cost_per_gpu_hour = usd;
      else nebulaProduct(market(), id).price_per_hour = usd;
    },
    walk(on) {
      walkedTo = on ? market().clock.now() : null;
      origin = new Map();
    },
    walking: () => walkedTo !== null,
    advance(now) {
      if (walkedTo === null) return;
      const due = Math.floor((now - walkedTo) / (PRICE_WALK.every_seconds * 1000));
      walkedTo += due * PRICE_WALK.every_seconds * 1000;
      for (let n = 0; n < Math.min(due, PRICE_WALK.max_steps); n += 1) {
        for (const row of market().volt.machines)
          row.cost_per_gpu_hour = step(`volt ${row.id}`, row.cost_per_gpu_hour);
        for (const row of market().nebula.products)
          row.price_per_hour = step(`nebula ${row.id}`, row.price_per_hour);
      }
    },
  };
}

/** The stock board of a world. */
export function createStock(market: () => Market): Stock {
  return {
    get: (cloud, id) =>
      cloud === 'volt' ? voltMachine(market(), id).available_gpus : nebulaProduct(market(), id).stock,
    set(cloud, id, free) {
      if (!Number.isInteger(free) || free < 0)
        throw new RangeError('stock must be a whole number of at least 0');
      if (cloud === 'nebula') {
        nebulaProduct(market(), id).stock = free;
        return;
      }
      const machine = voltMachine(market(), id);
      if (free > machine.gpu_count) throw new RangeError(`${id} has only ${machine.gpu_count} GPUs`);
      machine.available_gpus = free;
    },
    setAvailable(productId, available) {
      nebulaProduct(market(), productId).is_available = available;
    },
  };
}
