import * as z from 'zod';
import type { Cloud, Clouds, Io } from './cloud.ts';
import { asGpuError, GpuError } from './errors.ts';
import { type CloudId, cloudIdSchema } from './model.ts';

/** A cloud that failed while others answered. */
export const cloudErrorSchema = z.object({ cloud: cloudIdSchema, code: z.string(), message: z.string() });
export type CloudError = z.infer<typeof cloudErrorSchema>;

/** The named cloud. @throws GpuError with the advice that no name means all */
function namedCloud(clouds: Clouds, named: CloudId): Cloud {
  try {
    return clouds.get(named);
  } catch (error) {
    const { code, message, hint } = asGpuError(error);
    throw new GpuError(code, message, { hint: `${hint ?? ''} Leave cloud out for all.`.trim() });
  }
}

/**
 * Reads the same list from the named cloud, or from all that can, side by side. One failing cloud is reported in
 * `errors` beside the others' rows. @throws GpuError if all fail, or if the named cloud cannot do it.
 */
export async function gather<T>(
  { clouds, io }: { clouds: Clouds; io: Io },
  named: CloudId | undefined,
  able: (cloud: Cloud) => boolean,
  read: (cloud: Cloud) => Promise<T[]>,
): Promise<{ rows: T[]; errors: CloudError[] }> {
  const asked = named === undefined ? clouds.all().filter(able) : [namedCloud(clouds, named)];
  const unable = asked.find((cloud) => !able(cloud));
  if (unable !== undefined || asked.length === 0) {
    throw new GpuError(
      'unsupported',
      `cloud: ${unable?.title ?? 'no configured cloud'} does not offer this.`,
      {
        hint: 'Leave cloud out, or name another one.',
        ...(unable !== undefined && { cloud: unable.id }),
      },
    );
  }
  const parts = await Promise.all(
    asked.map(async (cloud) => {
      try {
        return { cloud: cloud.id, rows: await read(cloud), error: null };
      } catch (error) {
        return { cloud: cloud.id, rows: [], error: asGpuError(error) };
      }
    }),
  );
  io.signal.throwIfAborted();
  const failed = parts.flatMap(({ cloud, error }) => (error === null ? [] : [{ cloud, error }]));
  if (failed[0] !== undefined && failed.length === parts.length) throw failed[0].error;
  return {
    rows: ([] as T[]).concat(...parts.map((part) => part.rows)),
    errors: failed.map(({ cloud, error }) => ({ cloud, code: error.code, message: error.message })),
  };
}

/** The lines that show a model which clouds are missing from a list. */
export const errorLines = (errors: readonly CloudError[] | undefined): string =>
  (errors ?? [])
    .map(({ cloud, code, message }) => `\n! ${cloud} is missing here: ${code}: ${message}`)
    .join('');

/** One cut of a list. `next_cursor` is null at its end; `total` counts all rows before the cut. */
interface Cut<T> {
  rows: T[];
  total: number;
  next_cursor: string | null;
}

const encode = (offset: number): string => Buffer.from(`at:${offset}`).toString('base64url');

/** The row offset behind a cursor. @throws GpuError `invalid_input` for anything this server did not hand out. */
export function cursorOffset(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const found = /^at:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (found?.[1] === undefined) {
    throw new GpuError('invalid_input', 'cursor: not a cursor of this server.', {
      hint: 'Pass next_cursor of the previous answer unchanged, or leave cursor out to begin again.',
    });
  }
  return Number(found[1]);
}

/** The cursor of the page after `offset + shown` rows, or null if `total` is reached. */
export const nextCursor = (offset: number, shown: number, total: number): string | null =>
  shown > 0 && offset + shown < total ? encode(offset + shown) : null;

/** Cuts rows to one page. */
export function cut<T>(rows: readonly T[], page: { limit: number; cursor?: string | undefined }): Cut<T> {
  const offset = cursorOffset(page.cursor);
  const shown = rows.slice(offset, offset + page.limit);
  return { rows: shown, total: rows.length, next_cursor: nextCursor(offset, shown.length, rows.length) };
}

/** Max characters of the rows of one answer, with its notices: some hosts cut a longer answer. */
export const MAX_ROWS_CHARACTERS = 8000;

/** The number of rows that fit into `max` characters, at least one. `characters`: the length of the first rows. */
export function fitting<R>(
  rows: readonly R[],
  max: number,
  characters: (rows: readonly R[]) => number,
): number {
  let [fit, over] = [0, rows.length + 1];
  while (over - fit > 1) {
    const half = Math.floor((fit + over) / 2);
    if (characters(rows.slice(0, half)) <= max) fit = half;
    else over = half;
  }
  return Math.max(fit, Math.min(1, rows.length));
}

/** Sorts rows by an ISO time, newest first; an unknown time is last. */
export const newestFirst =
  <T>(timeOf: (row: T) => string | null) =>
  (a: T, b: T): number =>
    (timeOf(b) ?? '').localeCompare(timeOf(a) ?? '');
