import { describe, expect, it } from 'vitest';
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

  it('maps one page of documented invoices', async () => {
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
        total_invoices: 18,
      }),
    });
    expect(await cloud.billing?.invoices(io(), { limit: 2, offset: 4 })).toEqual({
      rows: [
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
      ],
      total: 18,
    });
    expect(lines()).toEqual(['GET /users/invoices?limit=2&offset=4']);
  });

  it('maps one page of the documented history', async () => {
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
        total_credit_histories: 7,
      }),
    });
    expect(await cloud.billing?.payments(io(), { limit: 1, offset: 0 })).toEqual({
      rows: [
        {
          cloud: 'nebula',
          computing_usd: 2.004,
          serverless_usd: 0,
          total_usd: 2.004,
          created_at_utc: '2024-10-10T10:54:58Z',
          created_at_raw: 'EST 2024-10-10 06:54:58',
        },
      ],
      total: 7,
    });
    expect(lines()).toEqual(['GET /users/credits/history?limit=1&offset=0']);
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
