import type { GatedCall } from './gated-call.ts';

const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDYldD1+FsDVsv9xIDrp37RLlv64ZUvDe+XkdW4k7FMm someone@example';

/** Gated calls on keys, templates and logins. */
export const ACCOUNT_CALLS: readonly GatedCall[] = [
  {
    tool: 'add_ssh_key',
    on: 'volt',
    args: () => ({ cloud: 'volt', name: 'ci', public_key: PUBLIC_KEY }),
    challenge: 'add',
    says: ['SHA256:', 'log in to every pod'],
  },
  {
    tool: 'delete_ssh_key',
    on: 'volt',
    args: () => ({ ssh_key: 'volt:ssh_key:key_abc123' }),
    challenge: 'work-laptop',
    says: ['until they are redeployed', 'does not cut existing access'],
  },
  {
    tool: 'delete_ssh_key',
    on: 'nebula',
    args: () => ({ ssh_key: 'nebula:ssh_key:73' }),
    challenge: 'work-laptop',
    says: ['is documented nowhere', 'do not rely on it'],
  },
  {
    tool: 'update_template',
    on: 'volt',
    args: () => ({ template: 'volt:template:tpl_custom_01', env_vars: { MODE: 'x' } }),
    challenge: 'update',
    says: ['Existing pods are not affected', 'replaced as a whole map'],
  },
  {
    tool: 'delete_template',
    on: 'volt',
    args: () => ({ template: 'volt:template:tpl_custom_01' }),
    challenge: 'My Fine-Tune Image',
    says: ['are not affected', 'System templates cannot be deleted'],
  },
  {
    tool: 'add_docker_credential',
    on: 'volt',
    args: () => ({
      name: 'ghcr',
      registry: 'ghcr.io',
      username: 'me',
      password_env: 'GPU_MCP_SECRET_REGISTRY',
    }),
    challenge: 'add',
    says: ['GPU_MCP_SECRET_REGISTRY (not shown)', 'can never be read back'],
  },
  {
    tool: 'delete_docker_credential',
    on: 'volt',
    args: (world) => {
      for (const template of world.volt.templates) {
        if (!template.is_system) template.docker_credential_id = 'cred_abc123';
      }
      return { docker_credential: 'volt:docker_credential:cred_abc123' };
    },
    challenge: 'GitHub Container Registry',
    says: ['will fail to pull', '"My Fine-Tune Image" (volt:template:tpl_custom_01)'],
  },
  {
    tool: 'create_api_key',
    on: 'volt',
    args: () => ({ cloud: 'volt', name: 'ci' }),
    challenge: 'create',
    says: ['shown once', 'not shown here', 'keep it out of chats'],
  },
  {
    tool: 'create_api_key',
    on: 'nebula',
    args: () => ({ cloud: 'nebula', name: 'ci' }),
    challenge: 'create',
    says: ['shown once', 'does not expire', 'is not known'],
  },
  {
    tool: 'revoke_api_key',
    on: 'volt, the one in use',
    args: () => ({ api_key: 'volt:api_key:ak_001' }),
    challenge: 'Production Key',
    says: ['at once', '401', 'locks itself out'],
  },
  {
    tool: 'revoke_api_key',
    on: 'nebula',
    args: () => ({ api_key: 'nebula:api_key:5' }),
    challenge: 'old-notebook',
    says: ['locks itself out', 'look alike', 'not the key itself', 'contradict themselves about the path'],
  },
];
