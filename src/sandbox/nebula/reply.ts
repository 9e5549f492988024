import * as z from 'zod';
import { NEBULA_FAILED_STATUS, NEBULA_PAGE } from '../constants.ts';
import { invalid, json, Refusal, type Reply } from '../endpoint.ts';
import type { World } from '../world.ts';

/** `{data,message,status:"success"}`; without `data` if the documents show none. */
export function success(message: string, data?: unknown): Reply {
  return json(
    200,
    data === undefined ? { message, status: 'success' } : { data, message, status: 'success' },
  );
}

/** A business refusal: no funds, wrong state, out of stock. Its HTTP code is our choice, the cloud documents none. */
export function failed(message: string): Refusal {
  return new Refusal(NEBULA_FAILED_STATUS, 'FAILED', message);
}

/** An id that does not exist. */
export function absent(world: World, noun: string): Refusal {
  const message = `${noun} not found`;
  return world.drift.nebula_not_found_404 ? new Refusal(404, 'NOT_FOUND', message) : failed(message);
}

/** The row with this id; throws if there is none. */
export function need<T extends { id: string | number }>(
  world: World,
  rows: readonly T[],
  noun: string,
  id: T['id'] | undefined,
): T {
  const row = rows.find((candidate) => candidate.id === id);
  if (row === undefined) throw absent(world, noun);
  return row;
}

/** An int path parameter. Throws 400 on anything but digits. */
export function intParam(value: string | undefined): number {
  if (value === undefined || !/^\d{1,15}$/.test(value))
    throw invalid('The id in the path must be an integer.');
  return Number(value);
}

const count = z
  .string()
  .regex(/^\d{1,9}$/, 'must be a whole number')
  .transform(Number);

/** `limit` and `offset` of the lists. */
export const pageQuery = z.strictObject({
  limit: count.default(NEBULA_PAGE.limit),
  offset: count.default(NEBULA_PAGE.offset),
});

/** One page of a list. */
export function page<T>(rows: readonly T[], { limit, offset }: z.output<typeof pageQuery>): T[] {
  return rows.slice(offset, offset + limit);
}
