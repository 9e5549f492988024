import type { Io } from '../core/cloud.ts';
import { isCode } from '../core/errors.ts';

/** How one thing is read, and all of its kind. */
export interface Readers<T extends { ref: string }> {
  get: (io: Io) => Promise<T>;
  list: (io: Io) => Promise<T[]>;
}

/**
 * A thing as it is now, or null if it is proved gone: the cloud itself says "not found", and a complete list does not
 * show it. One without the other proves nothing; a thing that is listed all the same is returned as listed.
 * @throws GpuError if either could not be read, or if the list is cut short
 */
export async function readUnlessGone<T extends { ref: string }>(
  io: Io,
  ref: string,
  { get, list }: Readers<T>,
): Promise<T | null> {
  try {
    return await get({ ...io, fresh: true });
  } catch (error) {
    if (!isCode(error, 'not_found')) throw error;
    const rows = await list({ ...io, fresh: true, purpose: 'gate' });
    return rows.find((row) => row.ref === ref) ?? null;
  }
}
