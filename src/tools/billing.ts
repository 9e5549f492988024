import * as z from 'zod';
import type { Bills } from '../core/cloud.ts';
import { resolve } from '../core/context.ts';
import { requireFeature } from '../core/features.ts';
import { newestFirst } from '../core/list.ts';
import { invoiceSchema, paymentSchema } from '../core/model.ts';
import { refUri } from '../core/ref.ts';
import { usd } from '../core/text.ts';
import { pageFields, refField } from './fields.ts';
import { placeOf, privateName, uriOf } from './kept.ts';
import { listTool } from './list.ts';
import { defineTool } from './tool.ts';

const PDF = 'application/pdf';
/** Largest PDF that is put into an answer, in bytes. Our choice; the saved file may be larger. */
export const MAX_EMBEDDED_BYTES = 1024 * 1024;

/**
 * As many rows are read at most: no cloud documents in which order it lists them, so only the whole can be sorted. Our
 * choice: some years of charges.
 */
const MAX_ROWS = 5000;

/** The rows of a bill, with a note if there are more. */
async function rowsOf<T>(
  bills: Promise<Bills<T>> | undefined,
  note: (sentence: string) => void,
): Promise<T[]> {
  const { rows, incomplete } = (await bills) ?? { rows: [], incomplete: null };
  if (incomplete !== null) note(incomplete);
  return rows;
}

const leftOut = (rows: readonly unknown[]): string | null =>
  rows.length < MAX_ROWS ? null : `Only ${MAX_ROWS} were read: there may be more, newer ones too.`;

const price = (amount: number | null): string | null => (amount === null ? null : `$${usd(amount)}`);

/** Money paid in. */
export const listInvoices = listTool({
  name: 'list_invoices',
  title: 'List invoices',
  description: 'List invoices (money paid in), newest first. Charges: list_payments, costs: get_spend.',
  toolset: 'billing',
  needs: 'billing',
  plural: 'invoices',
  noun: 'invoice',
  row: invoiceSchema,
  input: z.strictObject(pageFields),
  read: ({ billing }, io, _input, note) => rowsOf(billing?.invoices(io, MAX_ROWS), note),
  order: newestFirst(({ invoiced_at_utc }) => invoiced_at_utc),
  columns: {
    invoice: ({ ref }) => ref,
    number: ({ number }) => number,
    amount: ({ amount_usd }) => price(amount_usd),
    type: ({ type }) => type,
    date: ({ invoiced_at_utc, invoiced_at_raw }) => invoiced_at_utc ?? invoiced_at_raw,
  },
  fields: {
    narrow: ['ref', 'number', 'amount_usd', 'type', 'invoiced_at_utc', 'invoiced_at_raw'],
    idle: ({ invoiced_at_utc }) => (invoiced_at_utc === null ? [] : ['invoiced_at_raw']),
  },
  empty: 'No invoices here.',
  also: leftOut,
});

/** The charges. */
export const listPayments = listTool({
  name: 'list_payments',
  title: 'List charges',
  description:
    'List charges to the balance (computing, serverless), newest first. Money paid in: list_invoices.',
  toolset: 'billing',
  needs: 'billing',
  plural: 'payments',
  noun: 'charge',
  row: paymentSchema,
  input: z.strictObject(pageFields),
  read: ({ billing }, io, _input, note) => rowsOf(billing?.payments(io, MAX_ROWS), note),
  order: newestFirst(({ created_at_utc }) => created_at_utc),
  columns: {
    date: ({ created_at_utc, created_at_raw }) => created_at_utc ?? created_at_raw,
    total: ({ total_usd }) => price(total_usd),
    computing: ({ computing_usd }) => price(computing_usd),
    serverless: ({ serverless_usd }) => price(serverless_usd),
  },
  fields: {
    narrow: ['created_at_utc', 'created_at_raw', 'total_usd', 'computing_usd', 'serverless_usd'],
    idle: ({ created_at_utc }) => (created_at_utc === null ? [] : ['created_at_raw']),
  },
  empty: 'No charges here.',
  also: leftOut,
});

const downloadSchema = z.object({
  ref: z.string(),
  path: z.string(),
  size_bytes: z.number(),
  mime_type: z.string(),
  embedded: z.boolean(),
});

/** Saves the PDF of an invoice where the caller can get it. */
export const downloadInvoice = defineTool({
  name: 'download_invoice',
  title: 'Download an invoice',
  description: 'Save the PDF of an invoice and return its path (over HTTP a resource to read).',
  toolset: 'billing',
  effect: 'read',
  needs: 'billing',
  input: z.strictObject({
    invoice: refField('invoice').describe('invoice ref'),
    embed: z.boolean().default(false).describe('true: put the PDF into the answer too, up to 1 MiB'),
  }),
  output: z.object({ invoice: downloadSchema }),
  async run(input, ctx, attach) {
    const { at, id } = resolve(ctx, input.invoice, 'invoice');
    const bytes = await requireFeature(at, 'billing').invoicePdf(ctx.io, id);
    const name = privateName(['invoice', at.id, id], ctx.now(), 'pdf');
    const path = await ctx.saveDocument(name, PDF, bytes);
    const embedded = input.embed && bytes.length <= MAX_EMBEDDED_BYTES;
    attach({ type: 'resource_link', uri: uriOf(path), name, mimeType: PDF });
    if (embedded) {
      const blob = Buffer.from(bytes).toString('base64');
      attach({ type: 'resource', resource: { uri: refUri(input.invoice), mimeType: PDF, blob } });
    }
    const invoice = { ref: input.invoice, path, size_bytes: bytes.length, mime_type: PDF, embedded };
    return { invoice };
  },
  text: ({ invoice }, input) =>
    [
      `Invoice ${invoice.ref} (PDF, ${invoice.size_bytes} bytes) is saved as ${placeOf(invoice.path)}.`,
      ...(input.embed && !invoice.embedded
        ? ['It is larger than 1 MiB, so it was not put into this answer.']
        : []),
    ].join(' '),
});
