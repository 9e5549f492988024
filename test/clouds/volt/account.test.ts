import { describe, expect, it } from 'vitest';
import { shortKey } from '../../../src/clouds/volt/account.ts';
import { CREDENTIAL_NOTES, SSH_KEY_NOTES } from '../../../src/clouds/volt/notes.ts';
import * as doc from './documented-account.ts';
import { answer, failure, fakeVolt, io } from './fake.ts';

const FULL_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGabcdefghijklmnopqrstuvwxyz0123456789AB me@laptop';

describe('SSH keys', () => {
  it('are shortened in lists to the type and the last 12 characters', async () => {
    const listed = { ssh_keys: [{ ...doc.SSH_KEYS.ssh_keys[0], public_key: FULL_KEY }], total: 1 };
    const { volt } = fakeVolt({ 'GET /ssh-keys': listed });
    expect(await volt.sshKeys!.list(io())).toEqual([
      {
        ref: 'volt:ssh_key:key_abc123',
        cloud: 'volt',
        id: 'key_abc123',
        name: 'work-laptop',
        public_key: 'ssh-ed25519 …0123456789AB',
        fingerprint_sha256: 'SHA256:xR3j8K...',
        fingerprint_derived: false,
        created_at_utc: '2026-01-10T08:00:00Z',
      },
    ]);
    expect(shortKey(null)).toBeNull();
    expect(shortKey('garbage')).toBe('garbage');
  });

  it('the documented list, which shortens by itself', async () => {
    const { volt } = fakeVolt({ 'GET /ssh-keys': doc.SSH_KEYS });
    expect(await volt.sshKeys!.list(io())).toMatchObject([{ public_key: 'ssh-ed25519 …...truncated' }]);
  });

  it('adding returns the whole key', async () => {
    const { volt } = fakeVolt({ 'POST /ssh-keys': answer(201, doc.SSH_KEY_ADDED) });
    const added = await volt.sshKeys!.add(io(), { name: 'ci-server', public_key: FULL_KEY });
    expect(added).toMatchObject({ id: 'key_def456', public_key: doc.SSH_KEY_ADDED.public_key });
  });

  it('deleting returns the message of the cloud; the notes say that access stays', async () => {
    const { volt } = fakeVolt({ 'DELETE /ssh-keys/:id': doc.SSH_KEY_DELETED });
    const said = await volt.sshKeys!.delete(io(), 'key_def456');
    expect(said).toEqual({ message: 'SSH key removed from account.', raw_state: null, notes: [] });
    expect(volt.sshKeys!.notes.delete).toEqual(SSH_KEY_NOTES.delete);
    expect(volt.sshKeys!.rename).toBeUndefined();
  });
});

describe('templates', () => {
  it('show names of environment variables, never values', async () => {
    const { volt } = fakeVolt({ 'GET /templates/:id': doc.TEMPLATE_DETAIL });
    const template = await volt.templates!.get(io(), 'tpl_sdxl_02');
    expect(template).toEqual({
      ref: 'volt:template:tpl_sdxl_02',
      cloud: 'volt',
      id: 'tpl_sdxl_02',
      name: 'Stable Diffusion XL',
      image: 'ghcr.io/my-org/sdxl-server:v2.0',
      category: 'image-generation',
      description: 'SDXL with ComfyUI and all LoRA adapters',
      is_system: false,
      docker_credential: 'volt:docker_credential:cred_abc123',
      ports: [8188, 22],
      env_var_names: ['MODEL_DIR', 'COMFY_ARGS'],
      created_at_utc: '2026-03-28T15:30:00Z',
    });
    expect(JSON.stringify(template)).not.toContain('/workspace/models');
  });

  it('list, create and update replies', async () => {
    const { volt } = fakeVolt({
      'GET /templates': doc.TEMPLATES,
      'POST /templates': answer(201, doc.TEMPLATE_CREATED),
      'GET /templates/:id': doc.TEMPLATE_DETAIL,
      'PUT /templates/:id': doc.TEMPLATE_UPDATED,
    });
    const [system, own] = await volt.templates!.list(io());
    expect(system).toMatchObject({ id: 'tpl_pytorch21', is_system: true, ports: null, env_var_names: null });
    expect(own).toMatchObject({ id: 'tpl_custom_01', is_system: false, docker_credential: null });
    const made = await volt.templates!.create(io(), { name: 'a', image: 'b' });
    expect(made).toMatchObject({ id: 'tpl_sdxl_02', ports: [8188, 22], env_var_names: null });
    const changed = await volt.templates!.update(io(), 'tpl_sdxl_02', { name: 'x' });
    expect(changed).toMatchObject({ name: 'Stable Diffusion XL v2.1', created_at_utc: null });
  });
});

describe('registry credentials', () => {
  it('never carry a password', async () => {
    const leaky = { ...doc.CREDENTIAL_DETAIL, password: 'hunter2' };
    const { volt } = fakeVolt({
      'GET /docker-credentials/:id': leaky,
      'GET /docker-credentials': { credentials: [leaky], total: 1 },
    });
    const credential = await volt.dockerCredentials!.get(io(), 'cred_abc123');
    expect(credential).toEqual({
      ref: 'volt:docker_credential:cred_abc123',
      cloud: 'volt',
      id: 'cred_abc123',
      name: 'GitHub Container Registry',
      registry: 'ghcr.io',
      username: 'my-org',
      created_at_utc: '2026-02-15T12:00:00Z',
    });
    expect(await volt.dockerCredentials!.list(io())).toEqual([credential]);
  });

  it('adding and deleting', async () => {
    const { volt } = fakeVolt({
      'POST /docker-credentials': answer(201, doc.CREDENTIAL_ADDED),
      'DELETE /docker-credentials/:id': doc.CREDENTIAL_DELETED,
    });
    const input = { name: 'a', registry: 'r', username: 'u', password: 'p' };
    expect(await volt.dockerCredentials!.add(io(), input)).toMatchObject({ id: 'cred_def456' });
    expect(await volt.dockerCredentials!.delete(io(), 'cred_def456')).toMatchObject({
      message: 'Docker credential removed.',
    });
    expect(volt.dockerCredentials!.notes).toEqual(CREDENTIAL_NOTES);
  });
});

describe('API keys', () => {
  it.each([
    ['volt_...x7f2', true],
    ['volt_...aaaa', false],
    ['volt_...7f2', null],
    ['volt_****', null],
    [null, null],
  ])('the preview %j: in_use %j', async (key_preview, in_use) => {
    const { volt } = fakeVolt({
      'GET /api-keys': { api_keys: [{ ...doc.API_KEYS.api_keys[0], key_preview }] },
    });
    expect(await volt.apiKeys!.list(io())).toMatchObject([{ id: 'ak_001', in_use, preview: key_preview }]);
  });

  it('list', async () => {
    const { volt } = fakeVolt({ 'GET /api-keys': doc.API_KEYS });
    expect(await volt.apiKeys!.list(io())).toEqual([
      {
        ref: 'volt:api_key:ak_001',
        cloud: 'volt',
        id: 'ak_001',
        name: 'Production Key',
        description: null,
        preview: 'volt_...x7f2',
        in_use: true,
        last_used_at_utc: '2026-03-28T12:00:00Z',
        created_at_utc: '2026-01-05T08:00:00Z',
      },
    ]);
  });

  it('the new secret is nowhere but in `secret`', async () => {
    const { volt } = fakeVolt({ 'POST /api-keys': answer(201, doc.API_KEY_CREATED) });
    const { api_key, secret } = await volt.apiKeys!.create(io(), { name: 'CI/CD Pipeline' });
    expect(secret).toBe(doc.API_KEY_CREATED.key);
    expect(api_key).toMatchObject({ ref: 'volt:api_key:ak_002', preview: null, in_use: false });
    expect(JSON.stringify(api_key)).not.toContain('a1b2c3');
  });

  it.each([400, 404, 405])('a %i on revoking is reported, nothing else is tried', async (status) => {
    const body = { error: true, status, message: 'key_id is required', code: 'VALIDATION_ERROR' };
    const { volt, sent } = fakeVolt({ 'DELETE /api-keys': answer(status, body) });
    await failure(volt.apiKeys!.revoke(io(), 'ak_002'));
    expect(sent).toHaveLength(1);
    expect(sent[0]?.given).toEqual({ body: { key_id: 'ak_002' } });
  });

  it('revoking', async () => {
    const { volt } = fakeVolt({ 'DELETE /api-keys': doc.API_KEY_REVOKED });
    expect(await volt.apiKeys!.revoke(io(), 'ak_002')).toEqual({
      message: doc.API_KEY_REVOKED.message,
      raw_state: null,
      notes: [],
    });
  });
});
