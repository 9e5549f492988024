import * as z from 'zod';
import type { ActionReply } from '../../core/cloud.ts';
import { clean, isObject } from '../../core/text.ts';
import type { Endpoint } from '../../outbound/send.ts';
import { flag, read, text, toNum, write } from '../shared.ts';
import { fail } from './errors.ts';
import { READINGS, UNEXPLAINED_AMOUNT } from './notes.ts';
import { many, one, type ReadReply, snakeKeys, successful } from './reading.ts';
import { jobState, podState } from './states.ts';
import {
  apiKeyCreated,
  apiKeyRow,
  credentialRow,
  jobRow,
  machineRow,
  podCreated,
  podDetail,
  podRow,
  sshKeyRow,
  templateRow,
  texts,
} from './wire.ts';

const MONEY_FIELD = /^[a-z_]{0,40}(?:refund|prepaid|credit|charge|amount|balance)[a-z_]{0,40}$/;

/** The amounts in fields named after money (newer versions add e.g. `prepaid_refund` to a stop). */
const moneyIn = (part: Record<string, unknown>): string[] =>
  Object.entries(part).flatMap(([field, value]) => {
    const amount = toNum(value);
    return amount !== null && MONEY_FIELD.test(field) ? [`${field} = ${amount}`] : [];
  });

/** The reply with the fields of its `pod`, `job` or `data`. An empty body counts as a success. */
function flattened(body: unknown): unknown {
  const reply = body === null || body === undefined || body === '' ? {} : snakeKeys(body);
  if (!isObject(reply)) return reply;
  const inner = [reply.pod, reply.job, reply.data].find(isObject) ?? {};
  const given = Object.entries(reply).filter(([, value]) => value !== null && value !== undefined);
  return { ...inner, ...Object.fromEntries(given), money: [...moneyIn(reply), ...moneyIn(inner)] };
}

/** The reply to an action. */
const actionReply = z
  .preprocess(
    flattened,
    z.object({
      status: text(60),
      name: text(200),
      ssh_keys: texts,
      message: text(500),
      deleted: flag,
      money: z.array(z.string()),
    }),
  )
  .transform((value): ReadReply<ActionWire> => ({ value, drift: [] }));

/** A parsed reply to an action; `money` has a line for each amount in it. */
export interface ActionWire {
  status: string | null;
  name: string | null;
  /** Ids of SSH keys. */
  ssh_keys: string[] | null;
  message: string | null;
  deleted: boolean | null;
  money: string[];
}

/**
 * The cloud's reply to an action, with our notes. Amounts that no document explains are reported, never interpreted.
 * @throws GpuError `upstream_error` if a success contains `deleted: false`.
 */
export function toReply(reply: ActionWire, notes: readonly string[] = []): ActionReply {
  if (reply.deleted === false) {
    throw fail('upstream_error', READINGS.not_deleted, {
      hint: READINGS.not_deleted_next,
    });
  }
  const money = reply.money.map((amount) => UNEXPLAINED_AMOUNT(clean(amount, 120)));
  return {
    message: reply.message,
    raw_state: reply.status,
    ...(reply.name !== null && { name: reply.name }),
    ...(reply.ssh_keys !== null && { ssh_key_ids: reply.ssh_keys }),
    notes: [...money, ...notes],
  };
}

const act = (method: 'POST' | 'PUT' | 'DELETE', path: string): Endpoint<ReadReply<ActionWire>> =>
  write(method, path, actionReply);

const unknownState =
  (stateOf: (status: string | null) => string) =>
  ({ status }: { status: string | null }): string[] =>
    status !== null && stateOf(status) === 'unknown' ? [`status "${status}" is not a known one`] : [];

const ofPod = { note: unknownState(podState) };
const ofJob = { wrapped: true, camel: true, note: unknownState((status) => jobState(status).state) };

/**
 * Every endpoint of the Volt API Reference. Paths are below the base URL, without the `/api/volt` that the
 * reference prints before each. Only reads are repeatable: no idempotency key is documented.
 */
export const ENDPOINTS = {
  listPods: read('/pods', many(['pods'], podRow, ofPod)),
  createPod: write('POST', '/pods', one('pod', podCreated, ofPod)),
  getPod: read('/pods/:id', one('pod', podDetail, ofPod)),
  startPod: act('POST', '/pods/:id/start'),
  stopPod: act('POST', '/pods/:id/stop'),
  updatePod: act('PUT', '/pods/:id'),
  deletePod: act('DELETE', '/pods/:id'),

  listMachines: { ...read('/machines', many(['machines'], machineRow)), cacheSeconds: 5 },

  listSshKeys: read('/ssh-keys', many(['ssh_keys', 'keys'], sshKeyRow)),
  addSshKey: write('POST', '/ssh-keys', one('ssh_key', sshKeyRow)),
  deleteSshKey: act('DELETE', '/ssh-keys/:id'),

  listTemplates: read('/templates', many(['templates'], templateRow)),
  createTemplate: write('POST', '/templates', one('template', templateRow)),
  getTemplate: read('/templates/:id', one('template', templateRow)),
  updateTemplate: write('PUT', '/templates/:id', one('template', templateRow)),
  deleteTemplate: act('DELETE', '/templates/:id'),

  listJobs: read('/fine-tuning', successful(many(['jobs'], jobRow, ofJob))),
  createJob: write('POST', '/fine-tuning', successful(one('job', jobRow, ofJob))),
  getJob: read('/fine-tuning/:id', successful(one('job', jobRow, ofJob))),
  cancelJob: write('DELETE', '/fine-tuning/:id', successful(actionReply)),

  listCredentials: read('/docker-credentials', many(['credentials', 'docker_credentials'], credentialRow)),
  addCredential: write('POST', '/docker-credentials', one('credential', credentialRow)),
  getCredential: read('/docker-credentials/:id', one('credential', credentialRow)),
  deleteCredential: act('DELETE', '/docker-credentials/:id'),

  listApiKeys: read('/api-keys', many(['api_keys'], apiKeyRow)),
  createApiKey: write('POST', '/api-keys', one('api_key', apiKeyCreated)),
  revokeApiKey: act('DELETE', '/api-keys'),
} satisfies Record<string, Endpoint<ReadReply<unknown>>>;
