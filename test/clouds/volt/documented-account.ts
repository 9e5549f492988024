// The responses of the Volt API Reference about keys, templates and credentials, as documented.

export const SSH_KEYS = {
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
};
export const SSH_KEY_ADDED = {
  id: 'key_def456',
  name: 'ci-server',
  public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG...',
  fingerprint: 'SHA256:mK8p2Q...',
  created_at: '2026-03-28T15:00:00Z',
};
export const SSH_KEY_DELETED = { id: 'key_def456', deleted: true, message: 'SSH key removed from account.' };

export const TEMPLATES = {
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
};
export const TEMPLATE_CREATED = {
  id: 'tpl_sdxl_02',
  name: 'Stable Diffusion XL',
  image: 'ghcr.io/my-org/sdxl-server:v2.0',
  category: 'image-generation',
  is_system: false,
  ports: [8188, 22],
  created_at: '2026-03-28T15:30:00Z',
};
export const TEMPLATE_DETAIL = {
  id: 'tpl_sdxl_02',
  name: 'Stable Diffusion XL',
  image: 'ghcr.io/my-org/sdxl-server:v2.0',
  category: 'image-generation',
  is_system: false,
  description: 'SDXL with ComfyUI and all LoRA adapters',
  docker_credential_id: 'cred_abc123',
  ports: [8188, 22],
  env_vars: { MODEL_DIR: '/workspace/models', COMFY_ARGS: '--listen 0.0.0.0' },
  created_at: '2026-03-28T15:30:00Z',
};
export const TEMPLATE_UPDATED = {
  id: 'tpl_sdxl_02',
  name: 'Stable Diffusion XL v2.1',
  image: 'ghcr.io/my-org/sdxl-server:v2.1',
  category: 'image-generation',
  is_system: false,
  message: 'Template updated. Existing pods are not affected.',
};
export const TEMPLATE_DELETED = {
  id: 'tpl_sdxl_02',
  deleted: true,
  message: 'Template deleted. Existing pods using this template are not affected.',
};

const CREDENTIAL = {
  id: 'cred_abc123',
  name: 'GitHub Container Registry',
  registry: 'ghcr.io',
  username: 'my-org',
  created_at: '2026-02-15T12:00:00Z',
};
export const CREDENTIALS = { credentials: [CREDENTIAL], total: 1 };
export const CREDENTIAL_DETAIL = CREDENTIAL;
export const CREDENTIAL_ADDED = {
  id: 'cred_def456',
  name: 'AWS ECR Production',
  registry: '123456789.dkr.ecr.us-east-1.amazonaws.com',
  username: 'AWS',
  created_at: '2026-03-28T16:30:00Z',
};
export const CREDENTIAL_DELETED = {
  id: 'cred_def456',
  deleted: true,
  message: 'Docker credential removed.',
};

export const API_KEYS = {
  api_keys: [
    {
      id: 'ak_001',
      name: 'Production Key',
      key_preview: 'volt_...x7f2',
      last_used: '2026-03-28T12:00:00Z',
      created_at: '2026-01-05T08:00:00Z',
    },
  ],
  total: 1,
};
export const API_KEY_CREATED = {
  id: 'ak_002',
  name: 'CI/CD Pipeline',
  key: 'volt_sk_live_a1b2c3d4e5f6g7h8i9j0...',
  created_at: '2026-03-28T17:00:00Z',
  message: 'Store this key securely. It will not be shown again.',
};
export const API_KEY_REVOKED = {
  id: 'ak_002',
  deleted: true,
  message: 'API key revoked. Any requests using this key will now return 401.',
};
