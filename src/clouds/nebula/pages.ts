import type { Io } from '../../core/cloud.ts';
import type { Endpoint, Request } from '../../outbound/send.ts';
import type { Listed } from '../shared.ts';
import { fail } from './errors.ts';
import { REPLIES } from './notes.ts';

const PAGE = 100;
const MAX_PAGES = 50;

/** Max rows that are read of one list. */
export const MAX_ROWS = PAGE * MAX_PAGES;

/** How a list is read. `max`: it is cut at so many rows; `keyOf`: distinguishes rows without ids, by content and place in the page. */
interface Reading<T> {
  max?: number;
  keyOf?: (row: T, place: number) => string;
}

/**
 * All rows of a list that the cloud pages with `limit` and `offset`. Ends at the stated total or at a page that adds no row
 * (such as an empty one, or the same one again), never at a short page, because a documented page is longer than its limit
 * (Nebula Block API Reference, Billing > List Invoices).
 * @throws GpuError `unexpected_response` for an empty list with a total above 0, and after 50 pages without a `max`.
 */
export async function allRows<T extends object>(
  request: Request,
  endpoint: Endpoint<{ rows: T[]; total: number | null }>,
  io: Io,
  { max, keyOf = (row) => ('id' in row ? String(row.id) : '') }: Reading<T> = {},
): Promise<Listed<T>> {
  const found = new Map<string, T>();
  let offset = 0;
  // With a `max` the rows are the bound: a cloud may send fewer than asked for, and each page adds one at least.
  const pages = max ?? MAX_PAGES;
  for (let page = 0; page < pages; page += 1) {
    const { rows, total } = await request(endpoint, io, { query: { limit: PAGE, offset } });
    if (page === 0 && rows.length === 0 && total !== null && total > 0) {
      throw fail('unexpected_response', REPLIES.no_rows(total));
    }
    const before = found.size;
    for (const [place, row] of rows.entries()) found.set(keyOf(row, place), row);
    offset += rows.length;
    if (max !== undefined && found.size >= max)
      return { rows: [...found.values()].slice(0, max), unlisted: 0 };
    if (found.size === before || (total !== null && offset >= total))
      return { rows: [...found.values()], unlisted: Math.max(0, (total ?? 0) - found.size) };
  }
  throw fail('unexpected_response', REPLIES.endless(MAX_PAGES, PAGE));
}
