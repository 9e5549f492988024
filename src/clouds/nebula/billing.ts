import type { BillingOps } from '../../core/cloud.ts';
import type { Invoice, Payment } from '../../core/model.ts';
import { formatRef } from '../../core/ref.ts';
import type { Request } from '../../outbound/send.ts';
import { toNum } from '../fields.ts';
import { account, MAX_PDF_BYTES } from './endpoints.ts';
import { digits, fail, withNotFound } from './errors.ts';
import { toUtc } from './parse.ts';
import type { InvoiceRow, PaymentRow } from './wire-account.ts';

const DECIMAL = /^-?\d+(?:\.\d+)?$/;

const toInvoice = (row: InvoiceRow): Invoice => ({
  ref: formatRef('nebula', 'invoice', row.id),
  cloud: 'nebula',
  id: row.id,
  number: row.invoice_id,
  amount_usd: row.price,
  type: row.type,
  invoiced_at_utc: toUtc(row.invoiced_time),
  invoiced_at_raw: row.invoiced_time,
});

const toPayment = (row: PaymentRow): Payment => ({
  cloud: 'nebula',
  computing_usd: row.computing_amount,
  serverless_usd: row.serverless_amount,
  total_usd: row.total,
  created_at_utc: toUtc(row.create_time),
  created_at_raw: row.create_time,
});

const isPdf = (bytes: Uint8Array): boolean => new TextDecoder('latin1').decode(bytes.slice(0, 5)) === '%PDF-';

/** Credits, invoices and charges (Nebula Block API Reference, Billing). Pages are the cloud's own. */
export function billingOps(request: Request): BillingOps {
  return {
    balance: async (io) => {
      const said = String((await request(account.credits, io)).available_balance).trim();
      return { usd: toNum(said), usd_text: DECIMAL.test(said) ? said : null };
    },
    invoices: async (io, { limit, offset }) => {
      const { rows, total } = await request(account.invoices, io, { query: { limit, offset } });
      return { rows: rows.map(toInvoice), total };
    },
    // The path wants the number `id`; an invoice number such as #NB-… would cut the URL at its first character.
    invoicePdf: async (io, id) => {
      const params = { id: digits(id, 'invoice', 'list_invoices') };
      const bytes = await withNotFound('invoice', id, request(account.invoicePdf, io, { params }));
      if (!isPdf(bytes)) throw fail('unexpected_response', 'The download is not a PDF.');
      if (bytes.length > MAX_PDF_BYTES) {
        throw fail('unexpected_response', 'The download is larger than 10 MiB and was dropped.');
      }
      return bytes;
    },
    payments: async (io, { limit, offset }) => {
      const { rows, total } = await request(account.payments, io, { query: { limit, offset } });
      return { rows: rows.map(toPayment), total };
    },
  };
}
