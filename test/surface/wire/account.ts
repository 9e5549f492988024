import type { Harness } from '../../harness.ts';
import { json, SECRETS, type WireRow } from './row.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ci@example.com';

const row = (
  tool: string,
  title: string,
  args: Record<string, unknown>,
  ...sends: ReturnType<WireRow['sends']>
): WireRow => ({ tool, title, args: () => args, sends: () => sends });

const spare = async (harness: Harness): Promise<string> => {
  const { structured } = await harness.call('create_api_key', { cloud: 'volt', name: 'spare' });
  const made = structured.api_key as { id: string } | undefined;
  return made?.id ?? 'none';
};

const ENV = { MODEL_DIR: '/workspace/models', COMFY_ARGS: '--listen 0.0.0.0' };

/** Keys, templates, credentials: the examples of the Volt API Reference and of the Nebula Block API Reference. */
export const ACCOUNT_ROWS: readonly WireRow[] = [
  row('list_ssh_keys', 'both', {}, ['GET volt /ssh-keys'], ['GET nebula /ssh-keys?limit=100&offset=0']),
  row('add_ssh_key', 'on Volt', { cloud: 'volt', name: 'ci-server', public_key: KEY }, [
    'POST volt /ssh-keys',
    json({ name: 'ci-server', public_key: KEY }),
  ]),
  row(
    'add_ssh_key',
    'on Nebula: key_name and key_data',
    { cloud: 'nebula', name: 'ci-server', public_key: KEY },
    ['POST nebula /ssh-keys', json({ key_name: 'ci-server', key_data: KEY })],
  ),
  row('rename_ssh_key', 'on Nebula', { ssh_key: 'nebula:ssh_key:73', name: 'desk' }, [
    'PUT nebula /ssh-keys/73',
    json({ key_name: 'desk' }),
  ]),
  row('delete_ssh_key', 'on Volt', { ssh_key: 'volt:ssh_key:key_abc123' }, [
    'DELETE volt /ssh-keys/key_abc123',
  ]),
  row('delete_ssh_key', 'on Nebula', { ssh_key: 'nebula:ssh_key:73' }, ['DELETE nebula /ssh-keys/73']),
  row('list_templates', 'all', {}, ['GET volt /templates']),
  row('get_template', 'one', { template: 'volt:template:tpl_custom_01' }, [
    'GET volt /templates/tpl_custom_01',
  ]),
  row(
    'create_template',
    'the documented body',
    {
      name: 'Stable Diffusion XL',
      image: 'ghcr.io/my-org/sdxl-server:v2.0',
      category: 'image-generation',
      description: 'SDXL with ComfyUI and all LoRA adapters',
      docker_credential: 'volt:docker_credential:cred_abc123',
      ports: [8188, 22],
      env_vars: ENV,
    },
    [
      'POST volt /templates',
      json({
        name: 'Stable Diffusion XL',
        image: 'ghcr.io/my-org/sdxl-server:v2.0',
        category: 'image-generation',
        description: 'SDXL with ComfyUI and all LoRA adapters',
        docker_credential_id: 'cred_abc123',
        ports: [8188, 22],
        env_vars: ENV,
      }),
    ],
  ),
  row(
    'update_template',
    'only what changes; env_vars whole',
    { template: 'volt:template:tpl_custom_01', name: 'Stable Diffusion XL v2.1', env_vars: ENV },
    ['PUT volt /templates/tpl_custom_01', json({ name: 'Stable Diffusion XL v2.1', env_vars: ENV })],
  ),
  row('delete_template', 'no body', { template: 'volt:template:tpl_custom_01' }, [
    'DELETE volt /templates/tpl_custom_01',
  ]),
  row('list_docker_credentials', 'all', {}, ['GET volt /docker-credentials']),
  row('get_docker_credential', 'one', { docker_credential: 'volt:docker_credential:cred_abc123' }, [
    'GET volt /docker-credentials/cred_abc123',
  ]),
  row(
    'add_docker_credential',
    'the password from the operator',
    {
      name: 'AWS ECR Production',
      registry: '123456789.dkr.ecr.us-east-1.amazonaws.com',
      username: 'AWS',
      password_env: 'GPU_MCP_SECRET_ECR',
    },
    [
      'POST volt /docker-credentials',
      json({
        name: 'AWS ECR Production',
        registry: '123456789.dkr.ecr.us-east-1.amazonaws.com',
        username: 'AWS',
        password: SECRETS.GPU_MCP_SECRET_ECR,
      }),
    ],
  ),
  row('delete_docker_credential', 'no body', { docker_credential: 'volt:docker_credential:cred_abc123' }, [
    'DELETE volt /docker-credentials/cred_abc123',
  ]),
  row(
    'list_api_keys',
    'both, each under its documented path',
    {},
    ['GET volt /api-keys'],
    ['GET nebula /api_keys'],
  ),
  row('create_api_key', 'on Volt', { cloud: 'volt', name: 'CI/CD Pipeline' }, [
    'POST volt /api-keys',
    json({ name: 'CI/CD Pipeline' }),
  ]),
  row('create_api_key', 'on Nebula', { cloud: 'nebula', name: 'ci', description: 'for CI' }, [
    'POST nebula /api-keys',
    json({ name: 'ci', description: 'for CI' }),
  ]),
  {
    tool: 'revoke_api_key',
    title: 'on Volt: the id in the body of a DELETE, none in the path',
    prepare: spare,
    args: (id) => ({ api_key: `volt:api_key:${id}` }),
    sends: (id) => [['DELETE volt /api-keys', json({ key_id: id })]],
  },
  row('revoke_api_key', 'on Nebula: the id in the path', { api_key: 'nebula:api_key:5' }, [
    'DELETE nebula /api-keys/5',
  ]),
  row(
    'get_spend',
    'both clouds',
    {},
    ['GET volt /pods'],
    ['GET volt /fine-tuning'],
    ['GET nebula /computing/instances?limit=100&offset=0'],
    ['GET nebula /users/credits'],
  ),
  row('list_invoices', 'a page', { limit: 2 }, ['GET nebula /users/invoices?limit=2&offset=0']),
  row('list_payments', 'a page', { limit: 3 }, ['GET nebula /users/credits/history?limit=3&offset=0']),
  row('download_invoice', 'the number of the row, not the printed one', { invoice: 'nebula:invoice:317' }, [
    'GET nebula /users/invoice-download/317',
  ]),
];
