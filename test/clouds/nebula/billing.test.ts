import { describe, expect, it } from 'vitest';
import { cutShort } from '../../../src/clouds/notes.ts';
import { fakeNebula, io, ok, refusal } from './fake.ts';

const PDF = 'GET /users/invoice-download/3703';
const bytes = (text: string) => new TextEncoder().encode(text);

describe('billing', () => {
  it('keeps all digits of the balance', async () => {
    const { cloud, lines } = fakeNebula({ 'GET /users/credits': ok({ available_balance: '1228.55600' }) });
    expect(await cloud.billing?.balance(io())).toEqual({ usd: 1228.556, usd_text: '1228.55600' });
    expect(lines()).toEqual(['GET /users/credits']);
  });

  it.each([
    [12.5, { usd: 12.5, usd_text: '12.5' }],
    ['-0.10000', { usd: -0.1, usd_text: '-0.10000' }],
    ['$1,000.5', { usd: 1000.5, usd_text: null }],
    ['', { usd: null, usd_text: null }],
    ['n/a', { usd: null, usd_text: null }],
  ])('reads the balance %j', async (available_balance, balance) => {
    const { cloud } = fakeNebula({ 'GET /users/credits': ok({ available_balance }) });
    expect(await cloud.billing?.balance(io())).toEqual(balance);
  });

  it('no balance is no zero', async () => {
    const { cloud } = fakeNebula({ 'GET /users/credits': ok({}) });
    expect((await refusal(cloud.billing?.balance(io()) ?? Promise.resolve())).code).toBe(
      'unexpected_response',
    );
  });

  it('maps documented invoices', async () => {
    const row = {
      id: 3703,
      invoice_id: '#NB-20241029181932-266',
      price: 141.94,
      type: 'Reload',
      invoiced_time: 'EST 2024-10-29 14:19:32',
      user_id: 266,
    };
    const { cloud, lines } = fakeNebula({
      'GET /users/invoices': ok({
        invoices: [row, { ...row, id: 3702, invoiced_time: '1730298491', price: '' }],
        total_invoices: 2,
      }),
    });
    expect((await cloud.billing?.invoices(io(), 5000))?.rows).toEqual([
      {
        ref: 'nebula:invoice:3703',
        cloud: 'nebula',
        id: '3703',
        number: '#NB-20241029181932-266',
        amount_usd: 141.94,
        type: 'Reload',
        invoiced_at_utc: '2024-10-29T18:19:32Z',
        invoiced_at_raw: 'EST 2024-10-29 14:19:32',
      },
      expect.objectContaining({ id: '3702', amount_usd: null, invoiced_at_utc: '2024-10-30T14:28:11Z' }),
    ]);
    expect(lines()).toEqual(['GET /users/invoices?limit=100&offset=0']);
  });

  it('maps the documented history', async () => {
    const row = {
      user_id: 266,
      computing_amount: 2.004,
      serverless_amount: 0,
      create_time: 'EST 2024-10-10 06:54:58',
      update_time: 'x',
      total: 2.004,
    };
    const { cloud, lines } = fakeNebula({
      'GET /users/credits/history': ok({
        credit_balance: 9.8,
        credit_history: [row],
        total_credit_histories: 1,
      }),
    });
    expect((await cloud.billing?.payments(io(), 5000))?.rows).toEqual([
      {
        cloud: 'nebula',
        computing_usd: 2.004,
        serverless_usd: 0,
        total_usd: 2.004,
        created_at_utc: '2024-10-10T10:54:58Z',
        created_at_raw: 'EST 2024-10-10 06:54:58',
      },
    ]);
    expect(lines()).toEqual(['GET /users/credits/history?limit=100&offset=0']);
  });

  const INVOICES = 'GET /users/invoices';
  const HISTORY = 'GET /users/credits/history';
  const invoices = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({ id: from + n, invoice_id: `#NB-${from + n}`, price: 1 }));
  const charges = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({ total: 0.4, create_time: String(1_730_298_491 + from + n) }));

  it('neither loses nor repeats rows when the cloud sends more than it was asked for', async () => {
    const { cloud, lines } = fakeNebula({
      [INVOICES]: [
        ok({ invoices: invoices(0, 101), total_invoices: 203 }),
        ok({ invoices: invoices(101, 101), total_invoices: 203 }),
        ok({ invoices: invoices(202, 1), total_invoices: 203 }),
      ],
    });
    expect((await cloud.billing?.invoices(io(), 5000))?.rows).toHaveLength(203);
    expect(lines()).toEqual([0, 101, 202].map((offset) => `${INVOICES}?limit=100&offset=${offset}`));
  });

  it('reads until an empty page when the total is unknown, and no further than it should', async () => {
    const known = fakeNebula({
      [HISTORY]: [
        ok({ credit_history: charges(0, 100) }),
        ok({ credit_history: charges(100, 30) }),
        ok({ credit_history: [] }),
      ],
    });
    expect((await known.cloud.billing?.payments(io(), 5000))?.rows).toHaveLength(130);
    const endless = fakeNebula({
      [HISTORY]: Array.from({ length: 9 }, (_, page) => ok({ credit_history: charges(page * 100, 100) })),
    });
    expect((await endless.cloud.billing?.payments(io(), 250))?.rows).toHaveLength(250);
    expect(endless.lines()).toHaveLength(3);
  });

  it('reads on when the cloud sends fewer than it was asked for', async () => {
    const { cloud, lines } = fakeNebula({
      [INVOICES]: Array.from({ length: 60 }, (_, page) =>
        ok({ invoices: invoices(page * 20, 20), total_invoices: 1200 }),
      ),
    });
    expect((await cloud.billing?.invoices(io(), 5000))?.rows).toHaveLength(1200);
    expect(lines()).toHaveLength(60);
  });

  it('counts no charge twice when the cloud sends the same page again, and keeps equal charges', async () => {
    const equal = [...charges(0, 2), ...charges(0, 1)];
    const page = (total: object) => ok({ credit_history: equal, ...total });
    const read = async (total: object) => {
      const { cloud, lines } = fakeNebula({ [HISTORY]: page(total) });
      const bills = await cloud.billing?.payments(io(), 5000);
      return { count: bills?.rows.length, incomplete: bills?.incomplete, requests: lines().length };
    };
    expect(await read({})).toEqual({ count: 3, incomplete: null, requests: 2 });
    expect(await read({ total_credit_histories: 3 })).toEqual({ count: 3, incomplete: null, requests: 1 });
    // A cloud that ignores the offset: that rows are missing is said.
    expect(await read({ total_credit_histories: 40 })).toEqual({
      count: 3,
      incomplete: cutShort('Nebula', 37, 'charge'),
      requests: 2,
    });
  });

  it('downloads an invoice by its number', async () => {
    const { cloud, lines, sent } = fakeNebula({ [PDF]: { body: bytes('%PDF-1.4 …') } });
    expect(await cloud.billing?.invoicePdf(io(), '3703')).toEqual(bytes('%PDF-1.4 …'));
    expect(lines()).toEqual([PDF]);
    expect(sent[0]).toMatchObject({ reads: 'bytes', repeatable: true });
  });

  it.each([
    ['an envelope that failed', { message: 'Invoice not found', status: 'failed' }, 'not_found'],
    ['an envelope that succeeded', { data: {}, message: 'ok', status: 'success' }, 'unexpected_response'],
    ['HTML', bytes('<html>'), 'unexpected_response'],
    ['nothing', new Uint8Array(), 'unexpected_response'],
    ['too much', bytes(`%PDF-${'x'.repeat(10 * 1024 * 1024)}`), 'unexpected_response'],
  ])('%s is no invoice', async (_what, body, code) => {
    const { cloud } = fakeNebula({ [PDF]: { body } });
    expect((await refusal(cloud.billing?.invoicePdf(io(), '3703') ?? Promise.resolve())).code).toBe(code);
  });
});
