import type {
  ActionReply,
  ApiKeyOps,
  DockerCredentialOps,
  SshKeyOps,
  TemplateOps,
} from '../../core/cloud.ts';
import type { ApiKey, DockerCredential, SshKey, Template } from '../../core/model.ts';
import { formatRef, type Kind } from '../../core/ref.ts';
import type { TemplateChange } from '../../core/requests.ts';
import { type ActionWire, ENDPOINTS, toReply } from './endpoints.ts';
import { rowsOf, withNotFound } from './errors.ts';
import { API_KEY_NOTES, CREDENTIAL_NOTES, SSH_KEY_NOTES, TEMPLATE_NOTES } from './notes.ts';
import type { VoltRequest } from './reading.ts';
import type { ApiKeyWire, CredentialWire, SshKeyWire, TemplateWire } from './wire.ts';

/** The reply to the removal of a thing. */
const removed = async (kind: Kind, id: string, call: Promise<ActionWire>): Promise<ActionReply> =>
  toReply(await withNotFound(kind, id, call));

const TAIL_OF_KEY = 12;
const TAIL_OF_API_KEY = 4;

/** A public key as its type and the last 12 characters of its data: enough to recognise, short enough for a list. */
export function shortKey(publicKey: string | null): string | null {
  if (publicKey === null) return null;
  const [type = '', data = ''] = publicKey.split(' ');
  return data === '' ? type.slice(0, 40) : `${type.slice(0, 40)} …${data.slice(-TAIL_OF_KEY)}`;
}

/** An SSH key; `shorten` in lists, in which the cloud may itself cut keys short. */
const toSshKey = (key: SshKeyWire, shorten: boolean): SshKey => ({
  ref: formatRef('volt', 'ssh_key', key.id),
  cloud: 'volt',
  id: key.id,
  name: key.name,
  public_key: shorten ? shortKey(key.public_key) : key.public_key,
  fingerprint_sha256: key.fingerprint,
  fingerprint_derived: false,
  created_at_utc: key.created_at?.utc ?? null,
});

/** The SSH keys of a Volt account (Volt API Reference, SSH Keys). There is no renaming. */
export const voltSshKeys = (request: VoltRequest): SshKeyOps => ({
  async list(io) {
    const listed = await request(ENDPOINTS.listSshKeys, io);
    return rowsOf(io, listed, 'SSH key').map((key) => toSshKey(key, true));
  },
  async add(io, { name, public_key }) {
    return toSshKey(await request(ENDPOINTS.addSshKey, io, { body: { name, public_key } }), false);
  },
  delete: (io, id) => removed('ssh_key', id, request(ENDPOINTS.deleteSshKey, io, { params: { id } })),
  notes: SSH_KEY_NOTES,
});

/** True if a preview such as `volt_...x7f2` has the last four characters of this key; null if it shows fewer. */
function mayBe(preview: string | null, ownKey: string): boolean | null {
  const [shown = ''] = /[A-Za-z0-9_-]*$/.exec(preview ?? '') ?? [];
  return shown.length < TAIL_OF_API_KEY
    ? null
    : shown.slice(-TAIL_OF_API_KEY) === ownKey.slice(-TAIL_OF_API_KEY);
}

/** An API key by its preview. `in_use` true means "may be the key of this server": only four characters are compared. */
export const toApiKey = (key: ApiKeyWire, ownKey: string): ApiKey => ({
  ref: formatRef('volt', 'api_key', key.id),
  cloud: 'volt',
  id: key.id,
  name: key.name,
  description: null,
  preview: key.key_preview,
  in_use: mayBe(key.key_preview, ownKey),
  last_used_at_utc: key.last_used?.utc ?? null,
  created_at_utc: key.created_at?.utc ?? null,
});

/**
 * The API keys of a Volt account (Volt API Reference, API Keys). `ownKey` is only compared with previews. A key is
 * revoked by DELETE with the id in the body; if that fails, no other form is tried.
 */
export const voltApiKeys = (request: VoltRequest, ownKey: string): ApiKeyOps => ({
  has_descriptions: false,
  async list(io) {
    const listed = await request(ENDPOINTS.listApiKeys, io);
    return rowsOf(io, listed, 'API key').map((key) => toApiKey(key, ownKey));
  },
  async create(io, { name }) {
    const { key: secret, ...made } = await request(ENDPOINTS.createApiKey, io, { body: { name } });
    const api_key = toApiKey({ ...made, key_preview: null, last_used: null }, ownKey);
    return { api_key: { ...api_key, in_use: false }, secret };
  },
  revoke: (io, id) => removed('api_key', id, request(ENDPOINTS.revokeApiKey, io, { body: { key_id: id } })),
  notes: API_KEY_NOTES,
});

/** A template; of its environment variables only the names. */
const toTemplate = (template: TemplateWire): Template => ({
  ref: formatRef('volt', 'template', template.id),
  cloud: 'volt',
  id: template.id,
  name: template.name,
  image: template.image,
  category: template.category,
  description: template.description,
  is_system: template.is_system,
  docker_credential:
    template.docker_credential_id === null
      ? null
      : formatRef('volt', 'docker_credential', template.docker_credential_id),
  ports: template.ports,
  env_var_names: template.env_vars,
  created_at_utc: template.created_at?.utc ?? null,
});

/** The body of a template in the order of the reference's example (Templates > POST); what is undefined is not sent. */
const templateBody = (change: TemplateChange): Record<string, unknown> => {
  const { name, image, category, description, docker_credential_id, ports, env_vars } = change;
  return { name, image, category, description, docker_credential_id, ports, env_vars };
};

/**
 * The templates of a Volt account (Volt API Reference, Templates). System templates cannot be deleted; the documents do
 * not say whether they can be changed, and the tools refuse both.
 */
export const voltTemplates = (request: VoltRequest): TemplateOps => ({
  async list(io) {
    const listed = await request(ENDPOINTS.listTemplates, io);
    return rowsOf(io, listed, 'template').map(toTemplate);
  },
  async get(io, id) {
    const call = request(ENDPOINTS.getTemplate, io, { params: { id } });
    return toTemplate(await withNotFound('template', id, call));
  },
  // Volt API Reference, Templates: "Update a custom template's name, image, ports, or environment variables".
  changeable: ['name', 'image', 'ports', 'env_vars'],
  async create(io, template) {
    return toTemplate(await request(ENDPOINTS.createTemplate, io, { body: templateBody(template) }));
  },
  async update(io, id, change) {
    const call = request(ENDPOINTS.updateTemplate, io, { params: { id }, body: templateBody(change) });
    return toTemplate(await withNotFound('template', id, call));
  },
  delete: (io, id) => removed('template', id, request(ENDPOINTS.deleteTemplate, io, { params: { id } })),
  notes: TEMPLATE_NOTES,
});

/** A registry login without its password, which no reply carries. */
const toCredential = (credential: CredentialWire): DockerCredential => ({
  ref: formatRef('volt', 'docker_credential', credential.id),
  cloud: 'volt',
  id: credential.id,
  name: credential.name,
  registry: credential.registry,
  username: credential.username,
  created_at_utc: credential.created_at?.utc ?? null,
});

/** The registry logins of a Volt account (Volt API Reference, Docker Credentials). */
export const voltCredentials = (request: VoltRequest): DockerCredentialOps => ({
  async list(io) {
    const listed = await request(ENDPOINTS.listCredentials, io);
    return rowsOf(io, listed, 'docker credential').map(toCredential);
  },
  async get(io, id) {
    const call = request(ENDPOINTS.getCredential, io, { params: { id } });
    return toCredential(await withNotFound('docker_credential', id, call));
  },
  async add(io, { name, registry, username, password }) {
    const body = { name, registry, username, password };
    return toCredential(await request(ENDPOINTS.addCredential, io, { body }));
  },
  delete: (io, id) =>
    removed('docker_credential', id, request(ENDPOINTS.deleteCredential, io, { params: { id } })),
  notes: CREDENTIAL_NOTES,
});
