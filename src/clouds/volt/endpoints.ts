import type { Endpoint } from '../../outbound/send.ts';
import { counted, many, one, successful } from './lenient.ts';
import {
  actionReply,
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

/**
 * Every endpoint of the Volt API Reference. Paths stand below the base URL, without the `/api/volt` that the
 * reference prints before each. Only reads are repeatable: no idempotency key is documented.
 */
export const ENDPOINTS = {
  listPods: { method: 'GET', path: '/pods', repeatable: true, response: counted(['pods'], podRow) },
  createPod: { method: 'POST', path: '/pods', repeatable: false, response: one('pod', podCreated) },
  getPod: { method: 'GET', path: '/pods/:id', repeatable: true, response: one('pod', podDetail) },
  startPod: { method: 'POST', path: '/pods/:id/start', repeatable: false, response: actionReply },
  stopPod: { method: 'POST', path: '/pods/:id/stop', repeatable: false, response: actionReply },
  updatePod: { method: 'PUT', path: '/pods/:id', repeatable: false, response: actionReply },
  deletePod: { method: 'DELETE', path: '/pods/:id', repeatable: false, response: actionReply },

  listMachines: {
    method: 'GET',
    path: '/machines',
    repeatable: true,
    response: many(['machines'], machineRow),
    cacheSeconds: 5,
  },

  listSshKeys: {
    method: 'GET',
    path: '/ssh-keys',
    repeatable: true,
    response: many(['ssh_keys', 'sshKeys', 'keys'], sshKeyRow),
  },
  addSshKey: { method: 'POST', path: '/ssh-keys', repeatable: false, response: one('ssh_key', sshKeyRow) },
  deleteSshKey: { method: 'DELETE', path: '/ssh-keys/:id', repeatable: false, response: actionReply },

  listTemplates: {
    method: 'GET',
    path: '/templates',
    repeatable: true,
    response: many(['templates'], templateRow),
  },
  createTemplate: {
    method: 'POST',
    path: '/templates',
    repeatable: false,
    response: one('template', templateRow),
  },
  getTemplate: {
    method: 'GET',
    path: '/templates/:id',
    repeatable: true,
    response: one('template', templateRow),
  },
  updateTemplate: {
    method: 'PUT',
    path: '/templates/:id',
    repeatable: false,
    response: one('template', templateRow),
  },
  deleteTemplate: { method: 'DELETE', path: '/templates/:id', repeatable: false, response: actionReply },

  listJobs: {
    method: 'GET',
    path: '/fine-tuning',
    repeatable: true,
    response: successful(many(['jobs'], jobRow)),
  },
  createJob: {
    method: 'POST',
    path: '/fine-tuning',
    repeatable: false,
    response: successful(one('job', jobRow, 'wrapped')),
  },
  getJob: {
    method: 'GET',
    path: '/fine-tuning/:id',
    repeatable: true,
    response: successful(one('job', jobRow, 'wrapped')),
  },
  cancelJob: {
    method: 'DELETE',
    path: '/fine-tuning/:id',
    repeatable: false,
    response: successful(actionReply),
  },

  listCredentials: {
    method: 'GET',
    path: '/docker-credentials',
    repeatable: true,
    response: many(['credentials', 'docker_credentials', 'dockerCredentials'], credentialRow),
  },
  addCredential: {
    method: 'POST',
    path: '/docker-credentials',
    repeatable: false,
    response: one('credential', credentialRow),
  },
  getCredential: {
    method: 'GET',
    path: '/docker-credentials/:id',
    repeatable: true,
    response: one('credential', credentialRow),
  },
  deleteCredential: {
    method: 'DELETE',
    path: '/docker-credentials/:id',
    repeatable: false,
    response: actionReply,
  },

  listApiKeys: {
    method: 'GET',
    path: '/api-keys',
    repeatable: true,
    response: many(['api_keys', 'apiKeys'], apiKeyRow),
  },
  createApiKey: {
    method: 'POST',
    path: '/api-keys',
    repeatable: false,
    response: one('api_key', apiKeyCreated),
  },
  revokeApiKey: { method: 'DELETE', path: '/api-keys', repeatable: false, response: actionReply },
} satisfies Record<string, Endpoint<unknown>>;
