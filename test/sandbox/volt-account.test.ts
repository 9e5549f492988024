import { describe, expect, it } from 'vitest';
import { START, start, str } from './start.ts';

describe('Volt SSH keys', () => {
  it('lists, adds and removes as documented', async () => {
    const { volt } = await start();
    expect((await volt('GET', '/ssh-keys')).json).toEqual({
      ssh_keys: [
        {
          id: 'key_abc123',
          name: 'work-laptop',
          public_key: 'ssh-ed25519 AAAAC3Nz...truncated',
          fingerprint: 'SHA256:xR3j8K...',
          created_at: '2026-01-10T08:00:00Z',
        },
      ],
      total: 1,
    });
    const body = { name: 'ci-server', public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG...' };
    const added = await volt('POST', '/ssh-keys', body);
    expect(added.status).toBe(201);
    expect(added.json).toEqual({
      id: expect.stringMatching(/^key_/),
      ...body,
      fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/),
      created_at: START,
    });
    const id = str(added.json.id);
    expect((await volt('DELETE', `/ssh-keys/${id}`)).json).toEqual({
      id,
      deleted: true,
      message: 'SSH key removed from account.',
    });
    expect((await volt('DELETE', `/ssh-keys/${id}`)).status).toBe(404);
    expect((await volt('POST', '/ssh-keys', { name: 'x', public_key: 'hello' })).status).toBe(400);
  });
});

describe('Volt docker credentials', () => {
  it('lists, shows, adds and removes without ever showing a password', async () => {
    const { volt } = await start();
    const seeded = {
      id: 'cred_abc123',
      name: 'GitHub Container Registry',
      registry: 'ghcr.io',
      username: 'my-org',
      created_at: '2026-02-15T12:00:00Z',
    };
    expect((await volt('GET', '/docker-credentials')).json).toEqual({ credentials: [seeded], total: 1 });
    expect((await volt('GET', '/docker-credentials/cred_abc123')).json).toEqual(seeded);
    const shown = {
      name: 'AWS ECR Production',
      registry: '123.dkr.ecr.us-east-1.amazonaws.com',
      username: 'AWS',
    };
    const added = await volt('POST', '/docker-credentials', { ...shown, password: 'eyJwYXlsb2FkIjoiNGZ' });
    expect(added.status).toBe(201);
    expect(added.json).toEqual({ id: expect.stringMatching(/^cred_/), ...shown, created_at: START });
    const id = str(added.json.id);
    expect((await volt('DELETE', `/docker-credentials/${id}`)).json).toEqual({
      id,
      deleted: true,
      message: 'Docker credential removed.',
    });
    expect((await volt('GET', `/docker-credentials/${id}`)).status).toBe(404);
  });
});

describe('Volt API keys', () => {
  it('lists previews and shows a new key once', async () => {
    const { volt } = await start();
    expect((await volt('GET', '/api-keys')).json).toEqual({
      api_keys: [
        {
          id: 'ak_001',
          name: 'Production Key',
          key_preview: 'volt_...x7f2',
          last_used: START,
          created_at: '2026-01-05T08:00:00Z',
        },
      ],
      total: 1,
    });
    const made = await volt('POST', '/api-keys', { name: 'CI/CD Pipeline' });
    expect(made.status).toBe(201);
    expect(made.json).toEqual({
      id: 'ak_002',
      name: 'CI/CD Pipeline',
      key: expect.stringMatching(/^volt_sk_live_[a-z0-9]{32}$/),
      created_at: START,
      message: 'Store this key securely. It will not be shown again.',
    });
    const key = str(made.json.key);
    const list = await volt('GET', '/api-keys');
    expect(list.text).not.toContain(key);
    expect(list.json.api_keys).toMatchObject([{}, { id: 'ak_002', last_used: null }]);
    expect((await volt('GET', '/pods', undefined, { 'x-api-key': key })).status).toBe(200);
  });

  it('revokes by a body of exactly key_id, at once, also the key in use', async () => {
    const { volt } = await start();
    const key = str((await volt('POST', '/api-keys', { name: 'second' })).json.key);
    expect((await volt('DELETE', '/api-keys')).status).toBe(400);
    expect((await volt('DELETE', '/api-keys/ak_002')).status).toBe(404);
    expect((await volt('DELETE', '/api-keys', { key_id: 'ak_002', id: 'ak_002' })).status).toBe(400);
    expect((await volt('DELETE', '/api-keys', { key_id: 'ak_404' })).status).toBe(404);
    expect((await volt('DELETE', '/api-keys', { key_id: 'ak_002' })).json).toEqual({
      id: 'ak_002',
      deleted: true,
      message: 'API key revoked. Any requests using this key will now return 401.',
    });
    expect((await volt('GET', '/pods', undefined, { 'x-api-key': key })).status).toBe(401);
    await volt('DELETE', '/api-keys', { key_id: 'ak_001' });
    expect((await volt('GET', '/pods')).json.code).toBe('INVALID_API_KEY');
  });
});

describe('Volt templates', () => {
  const SDXL = {
    name: 'Stable Diffusion XL',
    image: 'ghcr.io/my-org/sdxl-server:v2.0',
    category: 'image-generation',
    description: 'SDXL with ComfyUI and all LoRA adapters',
    docker_credential_id: 'cred_abc123',
    ports: [8188, 22],
    env_vars: { MODEL_DIR: '/workspace/models', COMFY_ARGS: '--listen 0.0.0.0' },
  };

  it('lists the documented two', async () => {
    const { volt } = await start();
    expect((await volt('GET', '/templates')).json).toEqual({
      templates: [
        {
          id: 'tpl_pytorch21',
          name: 'PyTorch 2.1 CUDA 12.1',
          image: 'pytorch/pytorch:2.1.0-cuda12.1-cudnn8-devel',
          category: 'machine-learning',
          is_system: true,
          description: 'Official PyTorch image with CUDA 12.1 and cuDNN 8',
          created_at: '2025-12-01T00:00:00Z',
        },
        {
          id: 'tpl_custom_01',
          name: 'My Fine-Tune Image',
          image: 'registry.example.com/ml-team/finetune:latest',
          category: 'custom',
          is_system: false,
          description: 'Custom image for LoRA fine-tuning workflows',
          created_at: '2026-03-20T09:00:00Z',
        },
      ],
      total: 2,
    });
  });

  it('creates, shows, updates with a whole-map replace, and deletes', async () => {
    const { volt } = await start();
    const made = await volt('POST', '/templates', SDXL);
    const { name, image, category, ports } = SDXL;
    const id = str(made.json.id);
    expect(made.status).toBe(201);
    expect(made.json).toEqual({ id, name, image, category, is_system: false, ports, created_at: START });
    expect((await volt('GET', `/templates/${id}`)).json).toEqual({
      id,
      is_system: false,
      ...SDXL,
      created_at: START,
    });
    const change = { name: 'Stable Diffusion XL v2.1', env_vars: { MODEL_DIR: '/m' } };
    expect((await volt('PUT', `/templates/${id}`, change)).json).toEqual({
      id,
      name: 'Stable Diffusion XL v2.1',
      image,
      category,
      is_system: false,
      message: 'Template updated. Existing pods are not affected.',
    });
    expect((await volt('GET', `/templates/${id}`)).json.env_vars).toEqual({ MODEL_DIR: '/m' });
    expect((await volt('DELETE', `/templates/${id}`)).json).toEqual({
      id,
      deleted: true,
      message: 'Template deleted. Existing pods using this template are not affected.',
    });
    expect((await volt('GET', `/templates/${id}`)).status).toBe(404);
  });

  it('protects system templates and refuses an unknown credential', async () => {
    const { volt } = await start();
    expect((await volt('DELETE', '/templates/tpl_pytorch21')).json.code).toBe('SYSTEM_TEMPLATE');
    expect((await volt('PUT', '/templates/tpl_pytorch21', { name: 'x' })).json.code).toBe('SYSTEM_TEMPLATE');
    expect((await volt('POST', '/templates', { ...SDXL, docker_credential_id: 'cred_x' })).status).toBe(404);
    expect((await volt('POST', '/templates', { ...SDXL, ports: [70_000] })).status).toBe(400);
  });
});
