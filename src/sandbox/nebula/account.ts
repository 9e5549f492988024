import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { newYorkTime } from '../clock.ts';
import { INFERENCE_RATE, JWT_SECONDS, NEBULA_LOGIN } from '../constants.ts';
import { endpoint, Refusal } from '../endpoint.ts';
import type { World } from '../world.ts';
import { intParam, need, page, pageQuery, success } from './reply.ts';
import type { NebulaApiKey, NebulaSshKey } from './state.ts';

type Headers = Record<string, string | undefined>;

/** Nebula: `Authorization: Bearer <key or token>`. */
export function authenticateNebula(headers: Headers, world: World): void {
  const given = /^Bearer ([^\s]+)$/.exec(headers.authorization ?? '')?.[1];
  if (given === undefined) throw new Refusal(401, 'UNAUTHORIZED', 'Missing bearer token or API key');
  const isKey = world.nebula.api_keys.some(({ key }) => key === given);
  if (!isKey && !isLiveToken(given, world))
    throw new Refusal(401, 'UNAUTHORIZED', 'Invalid token or API key');
}

/** Inference: the same credentials plus the requests per minute of the account's tier. */
export function authenticateInference(headers: Headers, world: World): void {
  authenticateNebula(headers, world);
  const wait = world.rates.count('inference', world.clock.now(), INFERENCE_RATE);
  if (wait > 0)
    throw new Refusal(429, 'RATE_LIMITED', 'Rate limit of your tier exceeded', { retryAfter: String(wait) });
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sign = (text: string, secret: string) => createHmac('sha256', secret).update(text).digest('base64url');

/** A signed token that is good for two hours of sandbox time. */
function issueToken(world: World): string {
  const issued = Math.floor(world.clock.now() / 1000);
  const claims = { sub: String(NEBULA_LOGIN.user_id), iat: issued, exp: issued + JWT_SECONDS };
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${sign(text, world.nebula.jwt_secret)}`;
}

function isLiveToken(token: string, world: World): boolean {
  const [head, claims, signature, extra] = token.split('.');
  if (head === undefined || claims === undefined || signature === undefined || extra !== undefined)
    return false;
  const expected = Buffer.from(sign(`${head}.${claims}`, world.nebula.jwt_secret));
  const given = Buffer.from(signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return false;
  const { exp }: { exp: number } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  return world.clock.now() < exp * 1000;
}

const text = z.string().min(1);

/** Lists print New York time, creation and renaming unix seconds in a string. */
const listedKey = ({ id, key_name, key_data, created_ms }: NebulaSshKey) => {
  return { id, key_name, key_data, create_time: newYorkTime(created_ms) };
};
const changedKey = ({ id, key_name, key_data, created_ms }: NebulaSshKey) => {
  return { id, key_name, key_data, create_time: String(Math.floor(created_ms / 1000)) };
};

const sshKey = (world: World, id: string | undefined): NebulaSshKey =>
  need(world, world.nebula.ssh_keys, 'SSH key', intParam(id));

const shownApiKey = ({ id, name, description }: NebulaApiKey) => {
  return { id, name, description, partial_key_data: 'ak_...' };
};

/** GET lists the API keys at one of these paths; which one is a drift switch, `/api_keys` by default. */
const KEY_LISTS = ['/api_keys', '/api-keys', '/keys'] as const;

/** Login, SSH keys and API keys (Nebula Block API Reference, Authentication; SSH Keys; API Keys). */
export const accountEndpoints = [
  endpoint({
    method: 'POST',
    path: '/login',
    open: true,
    form: true,
    body: z.strictObject({ username: text, password: text }),
    run({ world, body }) {
      if (body.username !== NEBULA_LOGIN.username || body.password !== NEBULA_LOGIN.password)
        throw new Refusal(401, 'UNAUTHORIZED', 'Incorrect username or password');
      const { user_id: id, name, username: email } = NEBULA_LOGIN;
      const flags = { is_staff: false, is_active: true };
      return success('Login successful', { id, name, email, ...flags, jwtToken: issueToken(world) });
    },
  }),
  endpoint({
    method: 'POST',
    path: '/ssh-keys',
    body: z.strictObject({
      key_name: text,
      key_data: z.string().regex(/^(ssh|ecdsa|sk)-\S+ \S+/, 'must be an OpenSSH public key'),
    }),
    run({ world, body }) {
      world.nebula.last_ssh_key += 1;
      const key = { id: world.nebula.last_ssh_key, ...body, created_ms: world.clock.now() };
      world.nebula.ssh_keys.push(key);
      return success('SSH key successfully created', changedKey(key));
    },
  }),
  endpoint({
    method: 'GET',
    path: '/ssh-keys',
    query: pageQuery,
    run({ world, query }) {
      const ssh_keys = page(world.nebula.ssh_keys, query).map(listedKey);
      return success('Successfully retrieved SSH keys', {
        total_ssh_keys: world.nebula.ssh_keys.length,
        ssh_keys,
      });
    },
  }),
  endpoint({
    method: 'PUT',
    path: '/ssh-keys/:id',
    body: z.strictObject({ key_name: text }),
    run({ world, params, body }) {
      const key = sshKey(world, params.id);
      key.key_name = body.key_name;
      return success('SSH key successfully updated', changedKey(key));
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/ssh-keys/:id',
    run({ world, params }) {
      const key = sshKey(world, params.id);
      world.nebula.ssh_keys = world.nebula.ssh_keys.filter((other) => other !== key);
      return success('SSH key successfully deleted', {});
    },
  }),
  endpoint({
    method: 'POST',
    path: '/api-keys',
    body: z.strictObject({ name: text, description: z.string().default('') }),
    run({ world, body: { name, description } }) {
      world.nebula.last_api_key += 1;
      const id = world.nebula.last_api_key;
      const key = `ak_${world.random.text(40)}`;
      world.nebula.api_keys.push({ id, name, description, key });
      return success('API key successfully created', { id, key, name, description });
    },
  }),
  ...KEY_LISTS.map((path) =>
    endpoint({
      method: 'GET',
      path,
      run({ world }) {
        if (world.drift.nebula_keys_path !== path)
          throw new Refusal(404, 'NOT_FOUND', `No such endpoint: GET ${path}`);
        return success('Successfully retrieved API keys', world.nebula.api_keys.map(shownApiKey));
      },
    }),
  ),
  endpoint({
    method: 'DELETE',
    path: '/api-keys/:id',
    run({ world, params }) {
      const key = need(world, world.nebula.api_keys, 'API key', intParam(params.id));
      world.nebula.api_keys = world.nebula.api_keys.filter((other) => other !== key);
      return success('API key successfully deleted', {});
    },
  }),
];
