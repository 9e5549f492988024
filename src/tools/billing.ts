import * as z from 'zod';
import type { BillingOps, Page } from '../core/cloud.ts';
import { chooseCloud, resolve, type ToolContext } from '../core/context.ts';
import { requireFeature } from '../core/features.ts';
import { cursorOffset, nextCursor } from '../core/list.ts';
import { type Invoice, invoiceSchema, type Payment, paymentSchema } from '../core/model.ts';
import { refUri } from '../core/ref.ts';
import { shownTo } from '../core/shown.ts';
import { table, usd } from '../core/text.ts';
import { fileUri, pageFields, privateName, refField } from './fields.ts';
import { fitting, listOutput } from './list.ts';
import { defineTool } from './tool.ts';

const PDF = 'application/pdf';
/** Largest PDF that is put into an answer, in bytes. Our choice; the saved file may be larger. */
export const MAX_EMBEDDED_BYTES = 1024 * 1024;

interface PageInput {
  limit: number;
  cursor?: string | undefined;
}

// The cloud cuts the list itself; a page may hold more rows than asked for, and its total may be missing.
async function cloudPage<T>(
  ctx: ToolContext,
  input: PageInput,
  read: (billing: BillingOps, page: { limit: number; offset: number }) => Promise<Page<T>>,
) {
  const at = chooseCloud(ctx, undefined, 'billing');
  const offset = cursorOffset(input.cursor);
  const { rows, total } = await read(requireFeature(at, 'billing'), { limit: input.limit, offset });
  const page = rows.slice(0, input.limit);
  const kept = page.slice(
    0,
    fitting(page, (part) => JSON.stringify(shownTo({ rows: part })).length),
  );
  const next_cursor = nextCursor(offset, kept.length, total ?? Number.MAX_SAFE_INTEGER);
  const next = next_cursor === null ? {} : { next: `Next page: cursor="${next_cursor}".` };
  return { rows: kept, rest: { total, next_cursor, ...next } };
}

const pageLine = (count: number, noun: string, total: number | null, cursor: string | null): string =>
  `${count} of ${total ?? 'an unknown number of'} ${noun}s.${cursor === null ? '' : ` Next page: cursor="${cursor}".`}`;

const price = (amount: number | null): string | null => (amount === null ? null : `$${usd(amount)}`);
const unknownTotal = { total: z.number().nullable() };

const invoiceRow = (row: Invoice) => [
  row.ref,
  row.number,
  price(row.amount_usd),
  row.type,
  row.invoiced_at_utc ?? row.invoiced_at_raw,
];

/** Invoices, page by page as the cloud cuts them. */
export const listInvoices = defineTool({
  name: 'list_invoices',
  title: 'List invoices',
  description: 'List Nebula invoices (money paid in), unsorted. Charges: list_payments, costs: get_spend.',
  toolset: 'billing',
  effect: 'read',
  needs: 'billing',
  input: z.strictObject(pageFields),
  output: listOutput('invoices', invoiceSchema).extend(unknownTotal),
  endpoints: ['GET nebula /users/invoices'],
  async run(input, ctx) {
    const { rows, rest } = await cloudPage(ctx, input, (billing, page) => billing.invoices(ctx.io, page));
    return { invoices: rows, ...rest };
  },
  text: ({ invoices, total, next_cursor }) =>
    invoices.length === 0
      ? 'No invoices here.'
      : [
          table(['invoice', 'number', 'amount', 'type', 'date'], invoices.map(invoiceRow)),
          pageLine(invoices.length, 'invoice', total, next_cursor),
        ].join('\n'),
});

const paymentRow = (row: Payment) => [
  row.created_at_utc ?? row.created_at_raw,
  price(row.total_usd),
  price(row.computing_usd),
  price(row.serverless_usd),
];

/** What was charged, page by page as the cloud cuts it. */
export const listPayments = defineTool({
  name: 'list_payments',
  title: 'List charges',
  description:
    'List what Nebula charged the balance for: computing and serverless use, by period. Money paid in: list_invoices.',
  toolset: 'billing',
  effect: 'read',
  needs: 'billing',
  input: z.strictObject(pageFields),
  output: listOutput('payments', paymentSchema).extend(unknownTotal),
  endpoints: ['GET nebula /users/credits/history'],
  async run(input, ctx) {
    const { rows, rest } = await cloudPage(ctx, input, (billing, page) => billing.payments(ctx.io, page));
    return { payments: rows, ...rest };
  },
  text: ({ payments, total, next_cursor }) =>
    payments.length === 0
      ? 'No charges here.'
      : [
          table(['date', 'total', 'computing', 'serverless'], payments.map(paymentRow)),
          pageLine(payments.length, 'charge', total, next_cursor),
        ].join('\n'),
});

const downloadSchema = z.object({
  ref: z.string(),
  path: z.string(),
  size_bytes: z.number(),
  mime_type: z.string(),
  embedded: z.boolean(),
});

/** Saves the PDF of an invoice in a private file. */
export const downloadInvoice = defineTool({
  name: 'download_invoice',
  title: 'Download an invoice',
  description: 'Save the PDF of an invoice on this machine and return its path.',
  toolset: 'billing',
  effect: 'read',
  needs: 'billing',
  input: z.strictObject({
    invoice: refField('invoice').describe('invoice ref'),
    embed: z.boolean().default(false).describe('true: put the PDF into the answer too, up to 1 MiB'),
  }),
  output: z.object({ invoice: downloadSchema }),
  endpoints: ['GET nebula /users/invoice-download/:id'],
  async run(input, ctx, attach) {
    const { at, id } = resolve(ctx, input.invoice, 'invoice');
    const bytes = await requireFeature(at, 'billing').invoicePdf(ctx.io, id);
    const name = privateName(['invoice', at.id, id], ctx.now(), 'pdf');
    const path = await ctx.files.write(name, bytes);
    const embedded = input.embed && bytes.length <= MAX_EMBEDDED_BYTES;
    attach({ type: 'resource_link', uri: fileUri(path), name, mimeType: PDF });
    if (embedded) {
      const blob = Buffer.from(bytes).toString('base64');
      attach({ type: 'resource', resource: { uri: refUri(input.invoice), mimeType: PDF, blob } });
    }
    const invoice = { ref: input.invoice, path, size_bytes: bytes.length, mime_type: PDF, embedded };
    return { invoice };
  },
  text: ({ invoice }, input) =>
    [
      `Invoice ${invoice.ref} is saved as ${invoice.path} (PDF, ${invoice.size_bytes} bytes).`,
      ...(input.embed && !invoice.embedded
        ? ['It is larger than 1 MiB, so it was not put into this answer.']
        : []),
    ].join(' '),
});
