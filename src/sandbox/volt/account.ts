import { createHash } from 'node:crypto';
import * as z from 'zod';
import { endpoint, json } from '../endpoint.ts';
import type { World } from '../world.ts';
import { need } from './reply.ts';
import type { VoltApiKey, VoltCredential, VoltSshKey } from './state.ts';

const text = z.string().min(1);
const ALGORITHMS =
  'ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\\.com|sk-ecdsa-sha2-nistp256@openssh\\.com';
const publicKey = z
  .string()
  .regex(new RegExp(`^(?:${ALGORITHMS}) \\S+(?: .*)?$`), 'must be an OpenSSH public key');

/** OpenSSH's SHA-256 fingerprint of the key's base64 part. */
function fingerprint(key: string): string {
  const blob = Buffer.from(key.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** Lists show the algorithm and the first eight characters, as the documented list does. */
function shortened(key: VoltSshKey): VoltSshKey {
  const [algorithm, blob = ''] = key.public_key.split(' ');
  return { ...key, public_key: `${algorithm} ${blob.slice(0, 8)}...truncated` };
}

const shownCredential = ({ password: _, ...shown }: VoltCredential) => shown;

const shownApiKey = ({ id, name, key, last_used, created_at }: VoltApiKey) => {
  return { id, name, key_preview: `volt_...${key.slice(-4)}`, last_used, created_at };
};

function without<T extends { id: string }>(rows: readonly T[], id: string): T[] {
  return rows.filter((row) => row.id !== id);
}

const deleted = (id: string, message: string) => json(200, { id, deleted: true, message });
const credentialOf = (world: World, id: string) => need(world.volt.credentials, 'Docker credential', id);

/** SSH keys, docker credentials and API keys (Volt API Reference, SSH Keys; Docker Credentials; API Keys). */
export const accountEndpoints = [
  endpoint({
    method: 'GET',
    path: '/ssh-keys',
    run({ world }) {
      const ssh_keys = world.volt.ssh_keys.map(shortened);
      return json(200, { ssh_keys, total: ssh_keys.length });
    },
  }),
  endpoint({
    method: 'POST',
    path: '/ssh-keys',
    body: z.strictObject({ name: text, public_key: publicKey }),
    run({ world, body }) {
      const id = `key_${world.random.text(6)}`;
      const key = { id, ...body, fingerprint: fingerprint(body.public_key), created_at: world.clock.iso() };
      world.volt.ssh_keys.push(key);
      return json(201, key);
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/ssh-keys/:id',
    run({ world, params: { id = '' } }) {
      need(world.volt.ssh_keys, 'SSH key', id);
      world.volt.ssh_keys = without(world.volt.ssh_keys, id);
      return deleted(id, 'SSH key removed from account.');
    },
  }),
  endpoint({
    method: 'GET',
    path: '/docker-credentials',
    run({ world }) {
      const credentials = world.volt.credentials.map(shownCredential);
      return json(200, { credentials, total: credentials.length });
    },
  }),
  endpoint({
    method: 'POST',
    path: '/docker-credentials',
    body: z.strictObject({ name: text, registry: text, username: text, password: text }),
    run({ world, body }) {
      const credential = { id: `cred_${world.random.text(6)}`, ...body, created_at: world.clock.iso() };
      world.volt.credentials.push(credential);
      return json(201, shownCredential(credential));
    },
  }),
  endpoint({
    method: 'GET',
    path: '/docker-credentials/:id',
    run: ({ world, params: { id = '' } }) => json(200, shownCredential(credentialOf(world, id))),
  }),
  endpoint({
    method: 'DELETE',
    path: '/docker-credentials/:id',
    run({ world, params: { id = '' } }) {
      credentialOf(world, id);
      world.volt.credentials = without(world.volt.credentials, id);
      return deleted(id, 'Docker credential removed.');
    },
  }),
  endpoint({
    method: 'GET',
    path: '/api-keys',
    run({ world }) {
      const api_keys = world.volt.api_keys.map(shownApiKey);
      return json(200, { api_keys, total: api_keys.length });
    },
  }),
  endpoint({
    method: 'POST',
    path: '/api-keys',
    body: z.strictObject({ name: text }),
    run({ world, body: { name } }) {
      world.volt.last_api_key += 1;
      const id = `ak_${String(world.volt.last_api_key).padStart(3, '0')}`;
      const key = `volt_sk_live_${world.random.text(32)}`;
      const created_at = world.clock.iso();
      world.volt.api_keys.push({ id, name, key, last_used: null, created_at });
      const message = 'Store this key securely. It will not be shown again.';
      return json(201, { id, name, key, created_at, message });
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/api-keys',
    body: z.strictObject({ key_id: text }),
    run({ world, body: { key_id } }) {
      need(world.volt.api_keys, 'API key', key_id);
      world.volt.api_keys = without(world.volt.api_keys, key_id);
      return deleted(key_id, 'API key revoked. Any requests using this key will now return 401.');
    },
  }),
];
