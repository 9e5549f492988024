import type { World } from '../../src/sandbox/world.ts';
import { NAME, type WriteCase } from './write-case.ts';

const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDYldD1+FsDVsv9xIDrp37RLlv64ZUvDe+XkdW4k7FMm someone@example';

const debits = (world: World) => world.ledger.entries.filter(({ kind }) => kind === 'debit').length;
const one = (holds: boolean): number => (holds ? 1 : 0);

/** SSH keys, templates and registry logins. */
export const ACCOUNT_CASES: readonly WriteCase[] = [
  {
    tool: 'add_ssh_key',
    on: 'Volt',
    api: 'volt',
    method: 'POST',
    path: '/ssh-keys',
    args: () => ({ cloud: 'volt', name: NAME, public_key: PUBLIC_KEY }),
    effects: (world) => world.volt.ssh_keys.filter(({ name }) => name === NAME).length,
  },
  {
    tool: 'add_ssh_key',
    on: 'Nebula',
    api: 'nebula',
    method: 'POST',
    path: '/ssh-keys',
    args: () => ({ cloud: 'nebula', name: NAME, public_key: PUBLIC_KEY }),
    effects: (world) => world.nebula.ssh_keys.filter(({ key_name }) => key_name === NAME).length,
  },
  {
    tool: 'rename_ssh_key',
    on: 'Nebula',
    api: 'nebula',
    method: 'PUT',
    path: '/ssh-keys/*',
    args: () => ({ ssh_key: 'nebula:ssh_key:73', name: NAME }),
    effects: (world) => world.nebula.ssh_keys.filter(({ key_name }) => key_name === NAME).length,
  },
  {
    tool: 'delete_ssh_key',
    on: 'Volt',
    api: 'volt',
    method: 'DELETE',
    path: '/ssh-keys/*',
    args: () => ({ ssh_key: 'volt:ssh_key:key_abc123' }),
    effects: (world) => one(world.volt.ssh_keys.length === 0),
  },
  {
    tool: 'delete_ssh_key',
    on: 'Nebula',
    api: 'nebula',
    method: 'DELETE',
    path: '/ssh-keys/*',
    args: () => ({ ssh_key: 'nebula:ssh_key:73' }),
    effects: (world) => one(world.nebula.ssh_keys.length === 0),
  },
  {
    tool: 'create_template',
    on: 'Volt',
    api: 'volt',
    method: 'POST',
    path: '/templates',
    args: () => ({ name: NAME, image: 'ghcr.io/a/b:1', ports: [22] }),
    effects: (world) => world.volt.templates.filter(({ name }) => name === NAME).length,
  },
  {
    tool: 'update_template',
    on: 'Volt',
    api: 'volt',
    method: 'PUT',
    path: '/templates/*',
    args: () => ({ template: 'volt:template:tpl_custom_01', name: NAME }),
    effects: (world) => world.volt.templates.filter(({ name }) => name === NAME).length,
  },
  {
    tool: 'delete_template',
    on: 'Volt',
    api: 'volt',
    method: 'DELETE',
    path: '/templates/*',
    args: () => ({ template: 'volt:template:tpl_custom_01' }),
    effects: (world) => one(world.volt.templates.every(({ id }) => id !== 'tpl_custom_01')),
  },
  {
    tool: 'add_docker_credential',
    on: 'Volt',
    api: 'volt',
    method: 'POST',
    path: '/docker-credentials',
    args: () => ({
      name: NAME,
      registry: 'ghcr.io',
      username: 'me',
      password_env: 'GPU_MCP_SECRET_REGISTRY',
    }),
    effects: (world) => world.volt.credentials.filter(({ name }) => name === NAME).length,
  },
  {
    tool: 'delete_docker_credential',
    on: 'Volt',
    api: 'volt',
    method: 'DELETE',
    path: '/docker-credentials/*',
    args: () => ({ docker_credential: 'volt:docker_credential:cred_abc123' }),
    effects: (world) => one(world.volt.credentials.length === 0),
  },
];

/** API keys. */
export const KEY_CASES: readonly WriteCase[] = [
  {
    tool: 'create_api_key',
    on: 'Volt',
    api: 'volt',
    method: 'POST',
    path: '/api-keys',
    args: () => ({ cloud: 'volt', name: NAME }),
    effects: (world) => world.volt.api_keys.filter(({ name }) => name === NAME).length,
  },
  {
    tool: 'create_api_key',
    on: 'Nebula',
    api: 'nebula',
    method: 'POST',
    path: '/api-keys',
    args: () => ({ cloud: 'nebula', name: NAME }),
    effects: (world) => world.nebula.api_keys.filter(({ name }) => name === NAME).length,
  },
  {
    tool: 'revoke_api_key',
    on: 'Volt, its own',
    api: 'volt',
    method: 'DELETE',
    path: '/api-keys',
    args: () => ({ api_key: 'volt:api_key:ak_001' }),
    effects: (world) => one(world.volt.api_keys.every(({ id }) => id !== 'ak_001')),
  },
  {
    tool: 'revoke_api_key',
    on: 'Nebula',
    api: 'nebula',
    method: 'DELETE',
    path: '/api-keys/*',
    args: () => ({ api_key: 'nebula:api_key:5' }),
    effects: (world) => one(world.nebula.api_keys.every(({ id }) => id !== 5)),
  },
];

/** Metered use. */
export const USE_CASES: readonly WriteCase[] = [
  {
    tool: 'generate_text',
    on: 'Nebula',
    api: 'inference',
    method: 'POST',
    path: '/chat/completions',
    args: () => ({ model: 'meta-llama/Llama-3.3-70B-Instruct', prompt: 'hello' }),
    effects: debits,
    metered: true,
    streams: true,
  },
  {
    tool: 'generate_image',
    on: 'Nebula',
    api: 'nebula',
    method: 'POST',
    path: '/images/generation',
    args: () => ({ model: 'black-forest-labs/FLUX.1-schnell', prompt: 'a lighthouse' }),
    effects: debits,
    metered: true,
  },
  {
    tool: 'embed_text',
    on: 'Nebula',
    api: 'inference',
    method: 'POST',
    path: '/embeddings',
    args: () => ({ model: 'WhereIsAI/UAE-Large-V1', input: ['hello'] }),
    effects: debits,
    metered: true,
  },
];
