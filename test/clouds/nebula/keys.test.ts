import { describe, expect, it } from 'vitest';
import { API_KEY_NOTES, SSH_KEY_NOTES } from '../../../src/clouds/nebula/notes.ts';
import { FINGERPRINT, PUBLIC_KEY, sshKeys } from './documented.ts';
import { fakeNebula, io, ok, refusal } from './fake.ts';

const created = { id: 74, key_name: 'desk', key_data: PUBLIC_KEY, create_time: '1730847667' };

describe('SSH keys', () => {
  it('maps the documented list, shortened, with a fingerprint computed here', async () => {
    const { cloud, lines } = fakeNebula({ 'GET /ssh-keys': ok(sshKeys) });
    expect(await cloud.sshKeys?.list(io())).toEqual([
      {
        ref: 'nebula:ssh_key:73',
        cloud: 'nebula',
        id: '73',
        name: 'laptop',
        public_key: 'ssh-ed25519 …e+XkdW4k7FMm',
        fingerprint_sha256: FINGERPRINT,
        fingerprint_derived: true,
        created_at_utc: '2024-11-05T23:05:56Z',
      },
    ]);
    expect(lines()).toEqual(['GET /ssh-keys?limit=100&offset=0']);
  });

  it('reads an array without an envelope too, and rows without a readable key', async () => {
    const { cloud } = fakeNebula({
      'GET /ssh-keys': [ok([{ id: '5', key_data: '-----BEGIN OPENSSH PRIVATE KEY-----' }]), ok([])],
    });
    expect(await cloud.sshKeys?.list(io())).toMatchObject([
      {
        id: '5',
        name: null,
        public_key: null,
        fingerprint_sha256: null,
        fingerprint_derived: false,
        created_at_utc: null,
      },
    ]);
  });

  it('adds with key_name and key_data', async () => {
    const { cloud, lines, sent } = fakeNebula({ 'POST /ssh-keys': ok(created) });
    expect(await cloud.sshKeys?.add(io(), { name: 'desk', public_key: PUBLIC_KEY })).toMatchObject({
      ref: 'nebula:ssh_key:74',
      public_key: PUBLIC_KEY.replace(' someone@example', ''),
      created_at_utc: '2024-11-05T23:01:07Z',
    });
    expect(lines()).toEqual([`POST /ssh-keys {"key_name":"desk","key_data":"${PUBLIC_KEY}"}`]);
    expect(sent[0]?.repeatable).toBe(false);
  });

  it('renames and deletes by number', async () => {
    const { cloud, lines } = fakeNebula({
      'PUT /ssh-keys/74': ok({ ...created, key_name: 'new' }),
      'DELETE /ssh-keys/74': ok({}),
    });
    expect(await cloud.sshKeys?.rename?.(io(), '74', 'new')).toMatchObject({ name: 'new' });
    expect(await cloud.sshKeys?.delete(io(), '74')).toEqual({ message: 'done', raw_state: null, notes: [] });
    expect(lines()).toEqual(['PUT /ssh-keys/74 {"key_name":"new"}', 'DELETE /ssh-keys/74']);
  });

  it('refuses ids that are no numbers before any request', async () => {
    const { cloud, lines } = fakeNebula({});
    const calls = [
      cloud.sshKeys?.delete(io(), 'abc'),
      cloud.sshKeys?.rename?.(io(), '7 4', 'x'),
      cloud.apiKeys?.revoke(io(), '-5'),
      cloud.billing?.invoicePdf(io(), '#NB-20241029181932'),
    ];
    for (const call of calls) expect((await refusal(call ?? Promise.resolve())).code).toBe('invalid_input');
    expect(lines()).toEqual([]);
  });
});

const KEYS = [{ id: 5, name: 'ci', description: 'for CI', partial_key_data: 'ak_...' }];

describe('API keys', () => {
  it('maps the documented list, and does not know which key is in use', async () => {
    const { cloud, lines } = fakeNebula({ 'GET /api_keys': ok(KEYS) });
    expect(await cloud.apiKeys?.list(io())).toEqual([
      {
        ref: 'nebula:api_key:5',
        cloud: 'nebula',
        id: '5',
        name: 'ci',
        description: 'for CI',
        preview: 'ak_...',
        in_use: null,
        last_used_at_utc: null,
        created_at_utc: null,
      },
    ]);
    expect(lines()).toEqual(['GET /api_keys']);
  });

  it('tries the three spellings of the list, on 404 and 405 only', async () => {
    const { cloud, lines } = fakeNebula({
      'GET /api-keys': { status: 405, body: { detail: 'Method Not Allowed' } },
      'GET /keys': ok(KEYS),
    });
    expect(await cloud.apiKeys?.list(io())).toHaveLength(1);
    expect(lines()).toEqual(['GET /api_keys', 'GET /api-keys', 'GET /keys']);
    const none = fakeNebula({});
    expect((await refusal(none.cloud.apiKeys?.list(io()) ?? Promise.resolve())).code).toBe('upstream_error');
    const broken = fakeNebula({ 'GET /api_keys': { status: 500 } });
    expect((await refusal(broken.cloud.apiKeys?.list(io()) ?? Promise.resolve())).code).toBe(
      'upstream_error',
    );
    expect(broken.lines()).toEqual(['GET /api_keys']);
  });

  it('creates a key whose secret is apart from what is shown', async () => {
    const secret = 'ak_0123456789abcdefSECRET';
    const { cloud, lines } = fakeNebula({
      'POST /api-keys': ok({ id: 6, key: secret, name: 'bot', description: '' }),
    });
    const made = await cloud.apiKeys?.create(io(), { name: 'bot' });
    expect(made?.secret).toBe(secret);
    expect(made?.api_key).toMatchObject({
      id: '6',
      name: 'bot',
      description: null,
      preview: null,
      in_use: null,
    });
    expect(JSON.stringify(made?.api_key)).not.toContain('SECRET');
    await cloud.apiKeys?.create(io(), { name: 'bot', description: 'x' });
    expect(lines()).toEqual([
      'POST /api-keys {"name":"bot"}',
      'POST /api-keys {"name":"bot","description":"x"}',
    ]);
  });

  it('revokes under the one documented path', async () => {
    const { cloud, lines, sent } = fakeNebula({ 'DELETE /api-keys/5': ok({}) });
    expect(await cloud.apiKeys?.revoke(io(), '5')).toMatchObject({ message: 'done' });
    expect(lines()).toEqual(['DELETE /api-keys/5']);
    expect(sent[0]?.repeatable).toBe(false);
  });

  it('after a 404 the list decides the error, and no other path is tried', async () => {
    const revoke = async (list: Record<string, ReturnType<typeof ok>>) => {
      const { cloud, lines } = fakeNebula({
        'DELETE /api-keys/5': { status: 404, body: { detail: 'Not Found' } },
        ...list,
      });
      const error = await refusal(cloud.apiKeys?.revoke(io(), '5') ?? Promise.resolve());
      expect(lines().filter((line) => line.startsWith('DELETE'))).toEqual(['DELETE /api-keys/5']);
      return error.code;
    };
    expect(await revoke({ 'GET /api_keys': ok(KEYS) })).toBe('upstream_error');
    expect(await revoke({ 'GET /api_keys': ok([]) })).toBe('not_found');
    expect(await revoke({})).toBe('outcome_unknown');
  });

  it('says what is not known', () => {
    const { apiKeys, sshKeys: ssh } = fakeNebula({}).cloud;
    expect(apiKeys?.notes).toEqual(API_KEY_NOTES);
    expect(ssh?.notes).toEqual(SSH_KEY_NOTES);
  });
});
