import type { Cloud } from '../../core/cloud.ts';
import type { RestDeps, Stack } from '../../outbound/send.ts';
import { createStack } from '../../outbound/stack.ts';
import { createDrift } from '../shared.ts';
import { voltApiKeys, voltCredentials, voltSshKeys, voltTemplates } from './account.ts';
import { ENDPOINTS } from './endpoints.ts';
import { explain, isOwnError } from './errors.ts';
import { voltJobs } from './finetune.ts';
import { VOLT } from './identity.ts';
import { toMachine } from './map.ts';
import { voltPods } from './pods.ts';
import { notingDrift } from './reading.ts';

/** Requests per hour and key (Volt API Reference, Rate Limits). */
const HOURLY_BUDGET = 1000;

/** The cloud over a ready stack; `now` in milliseconds stamps quotes, `log` gets a line for each reply that differs from the documents. */
export function voltOver(stack: Stack, apiKey: string, { now, log }: Pick<RestDeps, 'now' | 'log'>): Cloud {
  const drift = createDrift(VOLT.id, log);
  const request = notingDrift(stack.request, drift);
  const machines: Cloud['machines'] = {
    async list(io) {
      const { rows } = await request(ENDPOINTS.listMachines, io);
      const quotedAt = new Date(now()).toISOString();
      return rows.map((machine) => toMachine(machine, quotedAt));
    },
  };
  const sshKeys = voltSshKeys(request);
  const templates = voltTemplates(request);
  return {
    id: VOLT.id,
    title: VOLT.title,
    budget: stack.budget,
    now: () => new Date(stack.now()),
    drift: drift.list,
    machines,
    pods: voltPods(request, { machines, templates, sshKeys }),
    jobs: voltJobs(request),
    sshKeys,
    templates,
    dockerCredentials: voltCredentials(request),
    apiKeys: voltApiKeys(request, apiKey),
    close: stack.close,
  };
}

/** Volt as a cloud. The URL is a normalised one (see `readUrl`). */
export function createVolt(apiKey: string, urls: { api: string }, deps: RestDeps): Cloud {
  const stack = createStack({
    cloud: VOLT.id,
    title: VOLT.title,
    bases: urls,
    key: apiKey,
    keyForms: VOLT.key_forms,
    authorize: (key) => ({ 'X-API-Key': key }),
    explain,
    isOwnError,
    hourlyBudget: HOURLY_BUDGET,
    deps,
  });
  return voltOver(stack, apiKey, deps);
}
