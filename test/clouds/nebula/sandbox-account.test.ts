import { describe, expect, it } from 'vitest';
import { useSandbox, write } from './bench.ts';
import { FINGERPRINT, PUBLIC_KEY } from './documented.ts';
import { io, refusal } from './fake.ts';

const bench = useSandbox();

describe('keys and bills', () => {
  it('adds, renames, lists and deletes SSH keys', async () => {
    const added = await bench().cloud.sshKeys?.add(write(), { name: 'desk', public_key: PUBLIC_KEY });
    expect(added).toMatchObject({
      id: '74',
      fingerprint_sha256: FINGERPRINT,
      created_at_utc: '2026-01-02T03:04:05Z',
    });
    expect(await bench().cloud.sshKeys?.rename?.(write(), '74', 'table')).toMatchObject({ name: 'table' });
    expect(await bench().cloud.sshKeys?.list(io())).toMatchObject([
      { id: '73', created_at_utc: '2024-11-05T23:01:07Z' },
      { id: '74', name: 'table' },
    ]);
    await bench().cloud.sshKeys?.delete(write(), '74');
    expect((await bench().cloud.sshKeys?.list(io()))?.map(({ id }) => id)).toEqual(['73']);
    expect((await refusal(bench().cloud.sshKeys?.delete(write(), '74') ?? Promise.resolve())).code).toBe(
      'not_found',
    );
  });

  it('creates and revokes API keys, wherever the list is', async () => {
    const made = await bench().cloud.apiKeys?.create(write(), { name: 'bot' });
    expect(made?.secret).toMatch(/^ak_\w{40}$/);
    for (const path of ['/api_keys', '/api-keys', '/keys'] as const) {
      bench().world.setDrift({ nebula_keys_path: path });
      expect((await bench().cloud.apiKeys?.list(io()))?.map(({ id }) => id)).toEqual(['4', '5', '6']);
    }
    await bench().cloud.apiKeys?.revoke(write(), '6');
    const again = await refusal(bench().cloud.apiKeys?.revoke(write(), '6') ?? Promise.resolve());
    expect(again.code).toBe('not_found');
    expect(
      bench()
        .wire()
        .filter((line) => line.startsWith('DELETE')),
    ).toEqual(['DELETE /api-keys/6', 'DELETE /api-keys/6']);
    expect(bench().log.join()).not.toContain(made?.secret);
  });

  it('reads balance, invoices and payments', async () => {
    expect(await bench().cloud.billing?.balance(io())).toEqual({ usd: 1228.556, usd_text: '1228.55600' });
    const invoices = await bench().cloud.billing?.invoices(io(), 5000);
    expect(invoices?.rows).toHaveLength(5);
    expect(invoices?.rows.slice(1, 3)).toMatchObject([
      { id: '317', amount_usd: 50, invoiced_at_utc: '2024-11-12T09:04:05Z' },
      { id: '342' },
    ]);
    expect((await bench().cloud.billing?.payments(io(), 5000))?.rows).toHaveLength(4);
    const pdf = await bench().cloud.billing?.invoicePdf(io(), '317');
    expect(new TextDecoder().decode(pdf?.slice(0, 5))).toBe('%PDF-');
    expect((await refusal(bench().cloud.billing?.invoicePdf(io(), '999') ?? Promise.resolve())).code).toBe(
      'not_found',
    );
    expect(bench().wire()).toContain('GET /users/invoice-download/317');
  });
});

describe('inference', () => {
  const inference = () => {
    const group = bench().cloud.inference;
    if (!group) throw new Error('no inference');
    return group;
  };
  it('does not send a charged request twice', async () => {
    bench().world.faults.add({ kind: 'error_after_commit', cloud: 'nebula', method: 'POST', status: 500 });
    const error = await refusal(
      inference().image(write(), {
        model: 'black-forest-labs/FLUX.1-schnell',
        prompt: 'x',
        width: 64,
        height: 64,
      }),
    );
    expect(error.code).toBe('outcome_unknown');
    expect(bench().wire()).toHaveLength(1);
  });
});
