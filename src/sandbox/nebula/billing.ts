import { isoSeconds, newYorkTime } from '../clock.ts';
import { NEBULA_LOGIN } from '../constants.ts';
import { endpoint } from '../endpoint.ts';
import { intParam, need, page, pageQuery, success } from './reply.ts';
import type { NebulaInvoice } from './state.ts';

/** A one-page PDF 1.4 with these lines of text, cross-reference table included. */
function invoicePdf(lines: readonly string[]): Uint8Array {
  const shown = lines.map(
    (line) => `(${line.replace(/[\\()]/g, '\\$&').replace(/[^\x20-\x7e]/g, '?')}) Tj T*`,
  );
  const content = `BT /F1 14 Tf 72 720 Td 20 TL ${shown.join(' ')} ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const trailer = `trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  return Buffer.from(`${file}xref\n0 ${size}\n0000000000 65535 f \n${table}${trailer}`, 'latin1');
}

/** "#NB-20241029181932": the invoice's UTC time. */
const invoiceNumber = (invoice: NebulaInvoice) => `#NB-${isoSeconds(invoice.invoiced_ms).replace(/\D/g, '')}`;

const invoiceJson = (invoice: NebulaInvoice) => ({
  id: invoice.id,
  invoice_id: invoiceNumber(invoice),
  price: invoice.price,
  type: 'Reload',
  invoiced_time: newYorkTime(invoice.invoiced_ms),
  user_id: NEBULA_LOGIN.user_id,
});

/** Credits and invoices (Nebula Block API Reference, Billing). The download takes the numeric `id`, not the "#NB-" number. */
export const billingEndpoints = [
  endpoint({
    method: 'GET',
    path: '/users/credits',
    run: ({ world }) =>
      success('Successfully retrieved credits', {
        available_balance: world.ledger.balance('nebula').toFixed(5),
      }),
  }),
  endpoint({
    method: 'GET',
    path: '/users/credits/history',
    query: pageQuery,
    run({ world, query }) {
      const rows = world.nebula.credit_rows;
      const credit_history = page(rows, query).map(({ computing_amount, serverless_amount, created_ms }) => ({
        user_id: NEBULA_LOGIN.user_id,
        computing_amount,
        serverless_amount,
        total: Number((computing_amount + serverless_amount).toFixed(5)),
        create_time: newYorkTime(created_ms),
        update_time: newYorkTime(created_ms),
      }));
      const credit_balance = world.ledger.balance('nebula');
      const data = { credit_balance, credit_history, total_credit_histories: rows.length };
      return success('Successfully retrieved credit history', data);
    },
  }),
  endpoint({
    method: 'GET',
    path: '/users/invoices',
    query: pageQuery,
    run({ world, query }) {
      const invoices = page(world.nebula.invoices, query).map(invoiceJson);
      return success('Successfully retrieved invoices', {
        invoices,
        total_invoices: world.nebula.invoices.length,
      });
    },
  }),
  endpoint({
    method: 'GET',
    path: '/users/invoice-download/:invoice_id',
    run({ world, params }) {
      const id = intParam(params.invoice_id);
      const invoice = need(world, world.nebula.invoices, 'Invoice', id);
      const number = invoiceNumber(invoice);
      const lines = [
        'Nebula Block (sandbox)',
        `Invoice ${number}`,
        `Reload: USD ${invoice.price.toFixed(2)}`,
        newYorkTime(invoice.invoiced_ms),
      ];
      return {
        status: 200,
        bytes: invoicePdf(lines),
        type: 'application/pdf',
        filename: `invoice-${id}.pdf`,
      };
    },
  }),
];
