import { GpuError } from './errors.ts';

/** One cut of a list. `next_cursor` is null at its end; `total` counts all rows before the cut. */
export interface Cut<T> {
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
