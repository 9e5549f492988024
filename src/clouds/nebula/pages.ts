import type { Io } from '../../core/cloud.ts';
import type { Endpoint, Request } from '../../outbound/send.ts';
import { fail } from './errors.ts';

const PAGE = 100;
const MAX_PAGES = 50;

interface Listed<T> {
  rows: T[];
  total: number | null;
}

/**
 * All rows of a list that the cloud pages with `limit` and `offset`. Ends at the stated total or at a page that
 * adds no row (such as an empty one), never at a short page, because a documented page is longer than its
 * limit (Nebula Block API Reference, Billing > List Invoices).
 * @throws GpuError `unexpected_response` for an empty list with a total above 0, for a list that ends before its total if
 * it has to be `whole`, and after 50 pages, unless it may be `cut` there.
 */
export async function allRows<T extends { id: string }>(
  request: Request,
  endpoint: Endpoint<Listed<T>>,
  io: Io,
  { cut = false, whole = false }: { cut?: boolean; whole?: boolean } = {},
): Promise<T[]> {
  const found = new Map<string, T>();
  let offset = 0;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { rows, total } = await request(endpoint, io, { query: { limit: PAGE, offset } });
    if (page === 0 && rows.length === 0 && total !== null && total > 0) {
      throw fail('unexpected_response', `The cloud counts ${total} rows but sent none.`);
    }
    const before = found.size;
    for (const row of rows) found.set(row.id, row);
    offset += rows.length;
    const ended = found.size === before || (total !== null && offset >= total);
    if (ended) {
      const missing = (total ?? 0) - found.size;
      if (missing > 0 && whole) {
        throw fail('unexpected_response', `Nebula counts ${missing} more rows than it lists.`, {
          hint: 'Ask the user to check the console of the cloud, or try again later.',
        });
      }
      return [...found.values()];
    }
  }
  if (cut) return [...found.values()];
  throw fail('unexpected_response', `The list does not end after ${MAX_PAGES} pages of ${PAGE}.`);
}
