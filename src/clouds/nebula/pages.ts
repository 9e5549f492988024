import type { Io } from '../../core/cloud.ts';
import type { Endpoint, Request } from '../../outbound/send.ts';
import { CHECK_CONSOLE, cutShort } from '../notes.ts';
import { fail } from './errors.ts';
import { REPLIES } from './notes.ts';

const PAGE = 100;
const MAX_PAGES = 50;

interface Listed<T> {
  rows: T[];
  total: number | null;
}

/** The most rows that are read of one list. */
export const MAX_ROWS = PAGE * MAX_PAGES;

/** How far a list is read. `whole`: it must not end before its total; `max`: it is cut at so many rows. */
interface Extent {
  whole?: boolean;
  max?: number;
}

/**
 * All rows of a list that the cloud pages with `limit` and `offset`; `keyOf` distinguishes them by their content and their
 * place in the page. Ends at the stated total or at a page that adds no row (such as an empty one, or the same one again),
 * never at a short page, because a documented page is longer than its limit (Nebula Block API Reference, Billing > List
 * Invoices).
 * @throws GpuError `unexpected_response` for an empty list with a total above 0, for a list that ends before its total if
 * it has to be `whole`, and after 50 pages without a `max`.
 */
export async function allRowsBy<T>(
  keyOf: (row: T, place: number) => string,
  request: Request,
  endpoint: Endpoint<Listed<T>>,
  io: Io,
  { whole = false, max }: Extent = {},
): Promise<T[]> {
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
    if (max !== undefined && found.size >= max) return [...found.values()].slice(0, max);
    const ended = found.size === before || (total !== null && offset >= total);
    if (ended) {
      const missing = (total ?? 0) - found.size;
      if (missing > 0 && whole) {
        throw fail('unexpected_response', cutShort('Nebula', missing, 'row'), { hint: CHECK_CONSOLE });
      }
      return [...found.values()];
    }
  }
  if (max !== undefined) return [...found.values()];
  throw fail('unexpected_response', REPLIES.endless(MAX_PAGES, PAGE));
}

/** All rows of a list whose rows have ids; see `allRowsBy`. */
export const allRows = <T extends { id: string }>(
  request: Request,
  endpoint: Endpoint<Listed<T>>,
  io: Io,
  extent: Extent = {},
): Promise<T[]> => allRowsBy(({ id }) => id, request, endpoint, io, extent);
