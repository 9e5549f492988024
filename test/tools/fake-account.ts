import type { ActionReply, Cloud } from '../../src/core/cloud.ts';
import { GpuError } from '../../src/core/errors.ts';
import type { ApiKey, DockerCredential, SshKey, Template } from '../../src/core/model.ts';
import type { CloudId } from '../../src/core/ref.ts';
import type { TemplateChange } from '../../src/core/requests.ts';
import { fakeCloud } from './fake-context.ts';

// One account held in arrays, so that tests see what tools did to it and can change it behind their backs.

export const sshKey = (
  cloud: CloudId,
  id: string,
  name: string | null,
  more: Partial<SshKey> = {},
): SshKey => ({
  ref: `${cloud}:ssh_key:${id}`,
  cloud,
  id,
  name,
  public_key: 'ssh-ed25519 …abcdefghijkl',
  fingerprint_sha256: `SHA256:${id}`,
  fingerprint_derived: false,
  created_at_utc: '2026-01-10T08:00:00Z',
  ...more,
});

export const apiKey = (cloud: CloudId, id: string, name: string, more: Partial<ApiKey> = {}): ApiKey => ({
  ref: `${cloud}:api_key:${id}`,
  cloud,
  id,
  name,
  description: null,
  preview: 'volt_...x7f2',
  in_use: false,
  last_used_at_utc: null,
  created_at_utc: null,
  ...more,
});

export const template = (id: string, name: string, more: Partial<Template> = {}): Template => ({
  ref: `volt:template:${id}`,
  cloud: 'volt',
  id,
  name,
  image: 'pytorch/pytorch:2.1.0',
  category: 'custom',
  description: null,
  is_system: false,
  docker_credential: null,
  ports: [22],
  env_var_names: [],
  created_at_utc: null,
  ...more,
});

export const credential = (id: string, name: string): DockerCredential => ({
  ref: `volt:docker_credential:${id}`,
  cloud: 'volt',
  id,
  name,
  registry: 'ghcr.io',
  username: 'my-org',
  created_at_utc: null,
});

export const reply = (message: string): ActionReply => ({ message, raw_state: null, notes: [] });

function one<T extends { id: string }>(rows: T[], id: string): T {
  const found = rows.find((row) => row.id === id);
  if (found === undefined) throw new GpuError('not_found', 'no such thing');
  return found;
}

function remove<T extends { id: string }>(rows: T[], id: string): ActionReply {
  rows.splice(rows.indexOf(one(rows, id)), 1);
  return reply('Removed.');
}

export interface Account {
  sshKeys: SshKey[];
  templates: Template[];
  credentials: DockerCredential[];
  apiKeys: ApiKey[];
  /** Every write that reached the cloud, with what it carried. */
  sent: [string, unknown][];
}

const applied = (row: Template, change: TemplateChange): Template => ({
  ...row,
  name: change.name ?? row.name,
  image: change.image ?? row.image,
  category: change.category ?? row.category,
  description: change.description ?? row.description,
  docker_credential:
    change.docker_credential_id === undefined
      ? row.docker_credential
      : `volt:docker_credential:${change.docker_credential_id}`,
  ports: change.ports ?? row.ports,
  env_var_names: change.env_vars === undefined ? row.env_var_names : Object.keys(change.env_vars),
});

/** A cloud over an account. `template` lists leave out the credential, as the cloud's do. */
export function accountCloud(id: CloudId, account: Account, changes: Partial<Cloud> = {}): Cloud {
  const log = <T>(what: string, carried: unknown, result: T): T => {
    account.sent.push([what, carried]);
    return result;
  };
  return fakeCloud(id, {
    sshKeys: {
      list: async () => [...account.sshKeys],
      add: async (_io, given) => {
        const row = sshKey(id, `new${account.sshKeys.length}`, given.name, { fingerprint_sha256: null });
        account.sshKeys.push(row);
        return log('ssh_key', given, row);
      },
      delete: async (_io, raw) => log('delete ssh_key', raw, remove(account.sshKeys, raw)),
      notes: { add: ['ADD-NOTE'], delete: ['DELETE-NOTE'] },
    },
    templates: {
      list: async () => account.templates.map((row) => ({ ...row, docker_credential: null })),
      get: async (_io, raw) => one(account.templates, raw),
      create: async (_io, given) => {
        const row = applied(template(`t${account.templates.length}`, given.name), given);
        account.templates.push(row);
        return log('template', given, row);
      },
      update: async (_io, raw, change) => {
        const row = applied(one(account.templates, raw), change);
        account.templates.splice(account.templates.indexOf(one(account.templates, raw)), 1, row);
        return log('update template', change, row);
      },
      delete: async (_io, raw) => log('delete template', raw, remove(account.templates, raw)),
      changeable: ['name', 'image', 'ports', 'env_vars'],
      notes: { update: ['UPDATE-NOTE'], delete: ['DELETE-NOTE'] },
    },
    dockerCredentials: {
      list: async () => [...account.credentials],
      get: async (_io, raw) => one(account.credentials, raw),
      add: async (_io, given) => {
        const row = credential(`c${account.credentials.length}`, given.name);
        account.credentials.push(row);
        return log('credential', given, row);
      },
      delete: async (_io, raw) => log('delete credential', raw, remove(account.credentials, raw)),
      notes: { add: ['ADD-NOTE'], delete: ['DELETE-NOTE'] },
    },
    apiKeys: {
      has_descriptions: true,
      list: async () => [...account.apiKeys],
      create: async (_io, given) => {
        const row = apiKey(id, `k${account.apiKeys.length}`, given.name);
        account.apiKeys.push(row);
        return log('api_key', given, { api_key: row, secret: SECRET });
      },
      revoke: async (_io, raw) => log('revoke', raw, remove(account.apiKeys, raw)),
      notes: { create: ['CREATE-NOTE'], revoke: ['REVOKE-NOTE'] },
    },
    ...changes,
  });
}

/** The secret that every created key has. */
export const SECRET = 'volt_sk_live_canary_0123456789';

export const emptyAccount = (): Account => ({
  sshKeys: [],
  templates: [],
  credentials: [],
  apiKeys: [],
  sent: [],
});
