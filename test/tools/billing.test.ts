import { describe, expect, it } from 'vitest';
import type { BillingOps } from '../../src/core/cloud.ts';
import type { Invoice } from '../../src/core/model.ts';
import { downloadInvoice, listInvoices, listPayments, MAX_EMBEDDED_BYTES } from '../../src/tools/billing.ts';
import { call, failureOf, fakeCloud, fakeContext } from './fake-context.ts';

const invoice = (n: number): Invoice => ({
  ref: `nebula:invoice:${n}`,
  cloud: 'nebula',
  id: String(n),
  number: `#NB-${n}`,
  amount_usd: 10.5,
  type: 'Reload',
  invoiced_at_utc: null,
  invoiced_at_raw: 'EST 2024-10-29 14:19:32',
});

function setUp(changes: Partial<BillingOps> = {}) {
  const asked: { limit: number; offset: number }[] = [];
  const rows = [1, 2, 3, 4, 5].map(invoice);
  const billing: BillingOps = {
    balance: async () => ({ usd: 1, usd_text: '1' }),
    invoices: async (_io, page) => {
      asked.push(page);
      return { rows: rows.slice(page.offset, page.offset + page.limit), total: rows.length };
    },
    invoicePdf: async () => new TextEncoder().encode('%PDF-1.4 tiny'),
    payments: async () => ({
      rows: [
        {
          cloud: 'nebula',
          computing_usd: 1.25,
          serverless_usd: null,
          total_usd: 1.25,
          created_at_utc: '2026-11-01T00:00:00Z',
          created_at_raw: null,
        },
      ],
      total: 1,
    }),
    ...changes,
  };
  return { asked, ctx: fakeContext([fakeCloud('volt', {}), fakeCloud('nebula', { billing })]) };
}

describe('list_invoices, list_payments', () => {
  it('lets the cloud cut the pages', async () => {
    const { asked, ctx } = setUp();
    const first = await call(listInvoices, { limit: 2 }, ctx);
    const second = await call(listInvoices, { limit: 2, cursor: first.output.next_cursor }, ctx);
    const third = await call(listInvoices, { limit: 2, cursor: second.output.next_cursor }, ctx);
    expect(asked).toEqual([
      { limit: 2, offset: 0 },
      { limit: 2, offset: 2 },
      { limit: 2, offset: 4 },
    ]);
    expect(third.output).toMatchObject({ total: 5, next_cursor: null, invoices: [{ id: '5' }] });
    expect(first.text).toContain('nebula:invoice:1 | #NB-1 | $10.50 | Reload | EST 2024-10-29 14:19:32');
    expect(first.text).toContain('2 of 5');
    expect(first.text).toContain(String(first.output.next_cursor));
  });

  it('neither loses nor repeats rows when the cloud sends more than it was asked for', async () => {
    const { ctx } = setUp({
      invoices: async (_io, { limit, offset }) => ({
        rows: [1, 2, 3].map(invoice).slice(offset, offset + limit + 1),
        total: 3,
      }),
    });
    const first = await call(listInvoices, { limit: 2 }, ctx);
    const second = await call(listInvoices, { limit: 2, cursor: first.output.next_cursor }, ctx);
    expect(first.output.invoices).toHaveLength(2);
    expect(second.output).toMatchObject({ invoices: [{ id: '3' }], next_cursor: null });
  });

  it('goes on until an empty page when the total is unknown, and says so', async () => {
    const { ctx } = setUp({
      invoices: async (_io, { offset }) => ({ rows: offset === 0 ? [invoice(1)] : [], total: null }),
    });
    const first = await call(listInvoices, {}, ctx);
    expect(first.output.total).toBeNull();
    const second = await call(listInvoices, { cursor: first.output.next_cursor }, ctx);
    expect(second.output).toMatchObject({ invoices: [], next_cursor: null });
  });

  it('refuses a foreign cursor', async () => {
    const error = await failureOf(call(listInvoices, { cursor: 'abc' }, setUp().ctx));
    expect(error.code).toBe('invalid_input');
  });

  it('lists charges; unknown stays unknown', async () => {
    const { output, text } = await call(listPayments, {}, setUp().ctx);
    expect(output).toMatchObject({ payments: [{ serverless_usd: null }], total: 1 });
    expect(text).toContain('2026-11-01T00:00:00Z | $1.25 | $1.25 | -');
  });
});

describe('download_invoice', () => {
  const args = { invoice: 'nebula:invoice:7' };
  const name = 'invoice-nebula-7-20261122T060000000Z.pdf';

  it('saves the PDF and links it', async () => {
    const { ctx } = setUp();
    const { output, text, extras } = await call(downloadInvoice, args, ctx);
    expect(output).toEqual({
      invoice: {
        ref: 'nebula:invoice:7',
        path: `/state dir/${name}`,
        size_bytes: 13,
        mime_type: 'application/pdf',
        embedded: false,
      },
    });
    expect(extras).toEqual([
      { type: 'resource_link', uri: `file:///state%20dir/${name}`, name, mimeType: 'application/pdf' },
    ]);
    expect(text).toContain(`/state dir/${name}`);
    expect(ctx.written.get(name)).toEqual(new TextEncoder().encode('%PDF-1.4 tiny'));
  });

  it('embeds it when asked', async () => {
    const { extras, output } = await call(downloadInvoice, { ...args, embed: true }, setUp().ctx);
    expect(output).toMatchObject({ invoice: { embedded: true } });
    expect(extras[1]).toEqual({
      type: 'resource',
      resource: {
        uri: 'gpu://nebula/invoice/7',
        mimeType: 'application/pdf',
        blob: Buffer.from('%PDF-1.4 tiny').toString('base64'),
      },
    });
  });

  it('does not embed more than 1 MiB, and says so', async () => {
    const { ctx } = setUp({ invoicePdf: async () => new Uint8Array(MAX_EMBEDDED_BYTES + 1) });
    const { extras, output, text } = await call(downloadInvoice, { ...args, embed: true }, ctx);
    expect(output).toMatchObject({ invoice: { embedded: false } });
    expect(extras).toHaveLength(1);
    expect(text).toContain('1 MiB');
  });

  it('is refused for a cloud without billing', async () => {
    const error = await failureOf(call(downloadInvoice, { invoice: 'volt:invoice:1' }, setUp().ctx));
    expect(error).toMatchObject({ code: 'unsupported', cloud: 'volt' });
  });
});
