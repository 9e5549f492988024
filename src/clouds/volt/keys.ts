import type { ApiKeyOps, SshKeyOps } from '../../core/cloud.ts';
import type { Request } from '../../outbound/send.ts';
import { ENDPOINTS } from './endpoints.ts';
import { lookingFor } from './explain.ts';
import { toApiKey, toSshKey } from './map-account.ts';
import { API_KEY_NOTES, SSH_KEY_NOTES } from './notes.ts';
import { nameProblems, type Problem, refuseAll, surplus } from './problems.ts';
import { toReply } from './reply.ts';

const PUBLIC_KEY = /^(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/=.]+(?: [^\r\n]*)?$/;

function publicKeyProblems(publicKey: string): Problem[] {
  if (PUBLIC_KEY.test(publicKey)) return [];
  const why = /PRIVATE KEY/.test(publicKey)
    ? 'this is a private key, which must not leave its machine; give the public half'
    : 'one line such as "ssh-ed25519 AAAA… comment"';
  return [{ field: 'public_key', why }];
}

/** The SSH keys of a Volt account (Volt API Reference, SSH Keys). There is no renaming. */
export const voltSshKeys = (request: Request): SshKeyOps => ({
  async list(io) {
    const rows = await request(ENDPOINTS.listSshKeys, io);
    return rows.map((key) => toSshKey(key, true));
  },
  async add(io, key) {
    const publicKey = key.public_key.trim();
    refuseAll([...nameProblems(key.name), ...publicKeyProblems(publicKey)], 'This key cannot be added.');
    const body = { name: key.name, public_key: publicKey };
    return toSshKey(await request(ENDPOINTS.addSshKey, io, { body }), false);
  },
  async delete(io, id) {
    return toReply(
      await lookingFor('ssh_key', id, request(ENDPOINTS.deleteSshKey, io, { params: { id } })),
      [],
    );
  },
  notes: SSH_KEY_NOTES,
});

/**
 * The API keys of a Volt account (Volt API Reference, API Keys). `ownKey` is only compared with previews. Revoking
 * has one form, DELETE with the id in the body; where that fails nothing else is tried.
 */
export const voltApiKeys = (request: Request, ownKey: string): ApiKeyOps => ({
  async list(io) {
    const rows = await request(ENDPOINTS.listApiKeys, io);
    return rows.map((key) => toApiKey(key, ownKey));
  },
  async create(io, key) {
    const undocumented = surplus({ description: key.description }, 'an API key of Volt has none');
    refuseAll([...nameProblems(key.name), ...undocumented], 'This key cannot be created.');
    const {
      id,
      name,
      key: secret,
      created_at,
      drift,
    } = await request(ENDPOINTS.createApiKey, io, {
      body: { name: key.name },
    });
    const wire = { id, name, created_at, drift, key_preview: null, last_used: null };
    return { api_key: { ...toApiKey(wire, ownKey), in_use: false }, secret };
  },
  async revoke(io, id) {
    const call = request(ENDPOINTS.revokeApiKey, io, { body: { key_id: id } });
    return toReply(await lookingFor('api_key', id, call), []);
  },
  notes: API_KEY_NOTES,
});
