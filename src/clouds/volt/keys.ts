import type { ApiKeyOps, SshKeyOps } from '../../core/cloud.ts';
import type { ApiKey, SshKey } from '../../core/model.ts';
import { formatRef } from '../../core/ref.ts';
import { toReply } from './actions.ts';
import { ENDPOINTS } from './endpoints.ts';
import { rowsOf, withNotFound } from './errors.ts';
import { API_KEY_NOTES, SSH_KEY_NOTES } from './notes.ts';
import type { VoltRequest } from './reading.ts';
import type { ApiKeyWire, SshKeyWire } from './wire.ts';

const TAIL_OF_KEY = 12;
const TAIL_OF_API_KEY = 4;

/** A public key as its type and the last 12 characters of its data: enough to recognise, short enough for a list. */
export function shortKey(publicKey: string | null): string | null {
  if (publicKey === null) return null;
  const [type = '', data = ''] = publicKey.split(' ');
  return data === '' ? type.slice(0, 40) : `${type.slice(0, 40)} …${data.slice(-TAIL_OF_KEY)}`;
}

/** An SSH key; `shorten` in lists, where the cloud may cut keys short itself. */
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
    return rowsOf(io, listed, 'SSH keys').map((key) => toSshKey(key, true));
  },
  async add(io, { name, public_key }) {
    return toSshKey(await request(ENDPOINTS.addSshKey, io, { body: { name, public_key } }), false);
  },
  async delete(io, id) {
    const call = request(ENDPOINTS.deleteSshKey, io, { params: { id } });
    return toReply(await withNotFound('ssh_key', id, call), []);
  },
  notes: SSH_KEY_NOTES,
});

/** Whether a preview such as `volt_...x7f2` may be this key: its last four characters; null if it shows fewer. */
function mayBe(preview: string | null, ownKey: string): boolean | null {
  const [shown = ''] = /[A-Za-z0-9_-]*$/.exec(preview ?? '') ?? [];
  return shown.length < TAIL_OF_API_KEY
    ? null
    : shown.slice(-TAIL_OF_API_KEY) === ownKey.slice(-TAIL_OF_API_KEY);
}

/** An API key by its preview. `in_use` true means "may be the key of this server": four characters is all there is. */
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
 * The API keys of a Volt account (Volt API Reference, API Keys). `ownKey` is only compared with previews. Revoking
 * has one form, DELETE with the id in the body; if that fails nothing else is tried.
 */
export const voltApiKeys = (request: VoltRequest, ownKey: string): ApiKeyOps => ({
  has_descriptions: false,
  async list(io) {
    const listed = await request(ENDPOINTS.listApiKeys, io);
    return rowsOf(io, listed, 'API keys').map((key) => toApiKey(key, ownKey));
  },
  async create(io, { name }) {
    const { key: secret, ...made } = await request(ENDPOINTS.createApiKey, io, { body: { name } });
    const api_key = toApiKey({ ...made, key_preview: null, last_used: null }, ownKey);
    return { api_key: { ...api_key, in_use: false }, secret };
  },
  async revoke(io, id) {
    const call = request(ENDPOINTS.revokeApiKey, io, { body: { key_id: id } });
    return toReply(await withNotFound('api_key', id, call), []);
  },
  notes: API_KEY_NOTES,
});
