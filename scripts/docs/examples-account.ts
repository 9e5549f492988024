import { apiKey, type Examples, template } from './example.ts';

// The base point of Ed25519 (RFC 8032): a well-formed key that belongs to nobody.
const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFhmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZm me@laptop';

/** Keys, templates, registry logins, billing and hosted models. */
export const ACCOUNT_EXAMPLES: Examples = {
  list_ssh_keys: [{ args: {} }],
  add_ssh_key: [{ args: { name: 'laptop', public_key: PUBLIC_KEY, cloud: 'volt' } }],
  rename_ssh_key: [{ args: { ssh_key: 'nebula:ssh_key:73', name: 'old laptop' } }],
  delete_ssh_key: [{ args: { ssh_key: 'volt:ssh_key:key_abc123' } }],

  list_templates: [{ args: {} }],
  get_template: [{ args: { template: 'volt:template:tpl_custom_01' } }],
  create_template: [
    {
      args: {
        name: 'vllm-server',
        image: 'ghcr.io/my-org/vllm:1.4',
        docker_credential: 'volt:docker_credential:cred_abc123',
        ports: [22, 8000],
        env_vars: { HF_HOME: '/root/hf', MODEL: 'Qwen/Qwen2.5-7B-Instruct' },
      },
    },
  ],
  update_template: [
    { before: template, args: { template: '$template', image: 'vllm/vllm-openai:v0.9.1', env_vars: {} } },
  ],
  delete_template: [{ before: template, args: { template: '$template' } }],

  list_docker_credentials: [{ args: {} }],
  get_docker_credential: [{ args: { docker_credential: 'volt:docker_credential:cred_abc123' } }],
  add_docker_credential: [
    {
      args: {
        name: 'ghcr',
        registry: 'ghcr.io',
        username: 'my-org',
        password_env: 'GPU_MCP_SECRET_GHCR',
      },
    },
  ],
  delete_docker_credential: [
    {
      before: [
        {
          tool: 'create_template',
          args: {
            name: 'private-image',
            image: 'ghcr.io/my-org/train:7',
            docker_credential: 'volt:docker_credential:cred_abc123',
          },
        },
      ],
      args: { docker_credential: 'volt:docker_credential:cred_abc123' },
    },
  ],

  list_api_keys: [{ args: {} }],
  create_api_key: [{ args: { cloud: 'volt', name: 'ci-runner' } }],
  revoke_api_key: [
    { title: 'Another key', before: apiKey, args: { api_key: '$api_key' } },
    { title: 'The key that this server itself uses', args: { api_key: 'volt:api_key:ak_001' } },
  ],

  list_invoices: [{ args: { limit: 3 } }],
  download_invoice: [{ args: { invoice: 'nebula:invoice:401' } }],
  list_payments: [{ args: {} }],

  list_models: [{ args: { type: 'text' } }],
  generate_text: [
    {
      args: {
        model: 'meta-llama/Llama-3.3-70B-Instruct',
        prompt: 'Name one use of a GPU.',
        max_tokens: 60,
      },
    },
  ],
  generate_image: [
    {
      args: {
        model: 'black-forest-labs/FLUX.1-schnell',
        prompt: 'a lighthouse at dawn',
        width: 256,
        height: 256,
        seed: 7,
      },
    },
  ],
  embed_text: [{ args: { model: 'BAAI/bge-large-en-v1.5', input: ['hello', 'good morning'] } }],
};
