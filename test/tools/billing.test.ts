import { describe, expect, it } from 'vitest';
import { cutShort } from '../../src/clouds/notes.ts';
import type { BillingOps } from '../../src/core/cloud.ts';
import type { Invoice } from '../../src/core/model.ts';
import { downloadInvoice, listInvoices, listPayments, MAX_EMBEDDED_BYTES } from '../../src/tools/billing.ts';
import { numbersIn } from '../facts.ts';
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

const idsOf = (output: Record<string, unknown>): string[] =>
  (output.invoices as Invoice[]).map(({ id }) => id);

function setUp(rows: Invoice[] = [], changes: Partial<BillingOps> = {}) {
  const billing: BillingOps = {
    balance: async () => ({ usd: 1, usd_text: '1' }),
    invoices: async (_io, max) => ({ rows: rows.slice(0, max), incomplete: null }),
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
      incomplete: null,
    }),
    ...changes,
  };
  return { ctx: fakeContext([fakeCloud('volt', {}), fakeCloud('nebula', { billing })]) };
}

describe('list_invoices, list_payments', () => {
  it('say that the cloud counts more than it lists', async () => {
    const incomplete = cutShort('Nebula', 7, 'invoice');
    const { ctx } = setUp([], { invoices: async () => ({ rows: [invoice(1)], incomplete }) });
    const { output, text } = await call(listInvoices, {}, ctx);
    expect(output.next).toBe(incomplete);
    expect(text).toContain(incomplete);
  });

  it('lists the newest first, for any order of the cloud, and pages them', async () => {
    const days = [3, 250, 120, 4, 90];
    const rows = Array.from({ length: 205 }, (_, n) => invoice(n));
    const dated = days.map((day, at) => ({
      ...invoice(1000 + day),
      // The newest is among the last, one has a time that cannot be read.
      invoiced_at_utc: at === 3 ? null : new Date(Date.UTC(2026, 0, day)).toISOString(),
    }));
    const all = [...dated.slice(0, 2), ...rows, ...dated.slice(2)];
    const { ctx } = setUp(all);
    const first = await call(listInvoices, { limit: 3 }, ctx);
    expect(idsOf(first.output)).toEqual(['1250', '1120', '1090']);
    const second = await call(listInvoices, { limit: 3, cursor: first.output.next_cursor }, ctx);
    expect(idsOf(second.output)[0]).toBe('1003');
    expect(second.output.total).toBe(210);
    expect(first.text).toContain(
      'nebula:invoice:1250 | #NB-1250 | $10.50 | Reload | 2026-09-07T00:00:00.000Z',
    );
  });

  it('reads 5,000 at most, and says so', async () => {
    const { ctx } = setUp(Array.from({ length: 5001 }, (_, n) => invoice(n)));
    const { output, text } = await call(listInvoices, { limit: 1 }, ctx);
    expect(output.total).toBe(5000);
    // Once as the total, once as the bound.
    expect(numbersIn(text).filter((number) => number === 5000)).toHaveLength(2);
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
    const { ctx } = setUp([], { invoicePdf: async () => new Uint8Array(MAX_EMBEDDED_BYTES + 1) });
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
