import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Make a template from ghcr.io/acme/train:3 with port 8888 and WANDB_MODE=offline.',
      args: {
        name: 'acme-train',
        image: 'ghcr.io/acme/train:3',
        ports: [8888],
        env_vars: { WANDB_MODE: 'offline' },
      },
    },
  ],
  meanings: {
    name: 'Name, not yet used by another template of yours.',
    image: 'Container image, such as `pytorch/pytorch:2.1.0`.',
    description: 'Up to 500 characters.',
    env_vars: 'Environment variables, up to 100. Their values are never shown again, only their names.',
  },
  cases: [
    {
      // The body of the Volt API Reference, Templates, as it stands there.
      title: 'Volt',
      requests: { run: [3, 2] },
      shown: true,
      args: {
        name: 'Stable Diffusion XL',
        image: 'ghcr.io/my-org/sdxl-server:v2.0',
        category: 'image-generation',
        description: 'SDXL with ComfyUI and all LoRA adapters',
        docker_credential: 'volt:docker_credential:cred_abc123',
        ports: [8188, 22],
        env_vars: { MODEL_DIR: '/workspace/models', COMFY_ARGS: '--listen 0.0.0.0' },
      },
      sends: [
        [
          'POST volt /templates',
          {
            name: 'Stable Diffusion XL',
            image: 'ghcr.io/my-org/sdxl-server:v2.0',
            category: 'image-generation',
            description: 'SDXL with ComfyUI and all LoRA adapters',
            docker_credential_id: 'cred_abc123',
            ports: [8188, 22],
            env_vars: { MODEL_DIR: '/workspace/models', COMFY_ARGS: '--listen 0.0.0.0' },
          },
        ],
      ],
      effect: { makes: 'volt.templates', name: 'Stable Diffusion XL' },
    },
  ],
});
