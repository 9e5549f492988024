import type { Cloud } from '../../core/cloud.ts';
import type { RestDeps, Stack } from '../../outbound/send.ts';
import { createStack } from '../../outbound/stack.ts';
import { createDrift } from '../shared.ts';
import { apiKeyOps, billingOps, sshKeyOps } from './account.ts';
import { computing } from './endpoints.ts';
import { explain, isOwnError } from './errors.ts';
import { NEBULA } from './identity.ts';
import { inferenceOps } from './inference.ts';
import { toImage, toMachine } from './map.ts';
import { podOps } from './pods.ts';

/** Nebula Block as a cloud over a ready stack; `now` and `monotonic` in milliseconds, `log` gets a line for each reply that differs from the documents. */
export function nebulaOver(
  stack: Stack,
  { now, monotonic, log }: Pick<RestDeps, 'now' | 'monotonic' | 'log'>,
): Cloud {
  const { request } = stack;
  const drift = createDrift(NEBULA.id, log);
  return {
    id: NEBULA.id,
    title: NEBULA.title,
    budget: stack.budget,
    now: () => new Date(stack.now()),
    drift: drift.list,
    machines: {
      list: async (io) => {
        const products = await request(computing.products, io);
        const quotedAt = new Date(now()).toISOString();
        return products.map((product) => toMachine(product, quotedAt));
      },
    },
    images: { list: async (io) => (await request(computing.images, io)).map(toImage) },
    pods: podOps(request, now, drift),
    sshKeys: sshKeyOps(request),
    apiKeys: apiKeyOps(request),
    billing: billingOps(request),
    inference: inferenceOps(request, monotonic),
    close: stack.close,
  };
}

/**
 * Nebula Block, ready to use. It has no fine-tuning jobs, templates or registry logins, and no documented hourly
 * allowance of requests. The URLs are normalised ones (see `readUrl`).
 */
export function createNebula(
  apiKey: string,
  urls: { api: string; inference: string },
  deps: RestDeps,
): Cloud {
  const stack = createStack({
    cloud: NEBULA.id,
    title: NEBULA.title,
    bases: urls,
    key: apiKey,
    keyForms: NEBULA.key_forms,
    authorize: (key) => ({ Authorization: `Bearer ${key}` }),
    explain,
    isOwnError,
    hourlyBudget: null,
    deps,
  });
  return nebulaOver(stack, deps);
}
