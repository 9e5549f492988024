import type { Endpoint } from '../../outbound/send.ts';
import { read, write } from '../shared.ts';
import { type ActionWire, actionReply } from './actions.ts';
import { many, one, type Reading, successful } from './reading.ts';
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
} from './wire.ts';

const act = (method: 'POST' | 'PUT' | 'DELETE', path: string): Endpoint<Reading<ActionWire>> =>
  write(method, path, actionReply);

const unknownState =
  (stateOf: (status: string | null) => string) =>
  ({ status }: { status: string | null }): string[] =>
    status !== null && stateOf(status) === 'unknown' ? [`status "${status}" is not a known one`] : [];

const ofPod = { note: unknownState(podState) };
const ofJob = { wrapped: true, camel: true, note: unknownState((status) => jobState(status).state) };

/**
 * Every endpoint of the Volt API Reference. Paths stand below the base URL, without the `/api/volt` that the
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
} satisfies Record<string, Endpoint<Reading<unknown>>>;
