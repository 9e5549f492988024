import { enter, type Phase, play } from '../clock.ts';
import { NEBULA_INSTANCE_NEXT } from '../constants.ts';
import type { World } from '../world.ts';
import type { NebulaInstance } from './state.ts';

const HOUR_MS = 3_600_000;

/** Billed hours: from creation until deletion or now, whatever the state. That only deletion ends billing is our reading. */
export function billedHours(instance: NebulaInstance, now: number): number {
  return ((instance.deleted_ms ?? now) - instance.created_ms) / HOUR_MS;
}

/** Moves an instance into a raw state at a time; it gets its address when it first runs. */
export function moveInstance(world: World, instance: NebulaInstance, raw: string, at: number): Phase {
  instance.phase = enter(raw, at, NEBULA_INSTANCE_NEXT);
  if (raw === 'Running' && instance.public_ipv4 === '') {
    const last = ((9 + world.nebula.addresses) % 254) + 1;
    world.nebula.addresses += 1;
    instance.public_ipv4 = `198.51.100.${last}`;
    instance.lan_ipv4 = `10.0.0.${last}`;
  }
  return instance.phase;
}

/** Plays an instance's due transitions and brings its accrual up to date. */
export function advanceInstance(world: World, instance: NebulaInstance, now: number): void {
  if (instance.deleted_ms === null)
    play(instance.phase, now, (raw, at) => moveInstance(world, instance, raw, at));
  instance.meter.usd = instance.price_per_hour * billedHours(instance, now);
  instance.meter.at = new Date(instance.deleted_ms ?? now).toISOString();
}

/** Ends an instance: it moves to the deleted ones and its product's stock grows by one. */
export function removeInstance(world: World, instance: NebulaInstance, at: number): void {
  instance.deleted_ms = at;
  instance.phase = { raw: 'Deleted', since: at, next: null };
  advanceInstance(world, instance, at);
  const product = world.nebula.products.find((candidate) => candidate.id === instance.product_id);
  if (product) product.stock += 1;
}
