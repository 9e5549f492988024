import * as z from 'zod';
import type { ActionReply, Io } from '../../core/cloud.ts';
import type { Endpoint, Request } from '../../outbound/send.ts';
import { read, write } from '../shared.ts';
import {
  apiKeys,
  credits,
  detail,
  done,
  embeddings,
  generatedImages,
  images,
  instance,
  invoices,
  models,
  newApiKey,
  oneSshKey,
  pageOf,
  payments,
  products,
  sshKeys,
} from './wire.ts';

/** An action that the cloud performs on GET: despite its method it is not repeatable. */
const act = (path: string): Endpoint<z.infer<typeof done>> => ({
  method: 'GET',
  path,
  repeatable: false,
  response: done,
});

const TEXT_CHUNK_MS = 120_000;
const IMAGE_MS = 180_000;
const EMBEDDING_MS = 60_000;
const PDF_MS = 60_000;
const MIB = 1024 * 1024;
const GENERATED_IMAGES_BYTES = 64 * MIB;
const EMBEDDINGS_BYTES = 32 * MIB;

/** Size limit of an invoice. Our choice. */
export const MAX_PDF_BYTES = 10 * MIB;

/** Nebula Block API Reference, Instances. */
export const computing = {
  products: { ...read('/computing/products', products), cacheSeconds: 5 },
  images: { ...read('/computing/images', images), cacheSeconds: 30 },
  instances: read('/computing/instances', pageOf(instance, 'total_instance')),
  deleted: read('/computing/deleted-instances', pageOf(instance, 'total_instance')),
  detail: read('/computing/instance/:id', detail),
  create: write('POST', '/computing/instance', done),
  delete: write('DELETE', '/computing/instance/:id', done),
  start: act('/computing/instance/:id/start'),
  stop: act('/computing/instance/:id/stop'),
  reboot: act('/computing/instance/:id/reboot'),
};

/** Nebula Block API Reference, SSH Keys. */
export const sshKey = {
  list: read('/ssh-keys', sshKeys),
  add: write('POST', '/ssh-keys', oneSshKey),
  rename: write('PUT', '/ssh-keys/:id', oneSshKey),
  delete: write('DELETE', '/ssh-keys/:id', done),
};

/**
 * Nebula Block API Reference, API Keys. The list is documented under another spelling than the other verbs, and
 * the vendor's own clients use a third: the list, being a read, is tried under each in this order.
 */
export const apiKey = {
  lists: ['/api_keys', '/api-keys', '/keys'].map((path) => read(path, apiKeys)),
  create: write('POST', '/api-keys', newApiKey),
  revoke: write('DELETE', '/api-keys/:id', done),
};

/** Nebula Block API Reference, Billing. */
export const account = {
  credits: read('/users/credits', credits),
  invoices: read('/users/invoices', invoices),
  payments: read('/users/credits/history', payments),
  invoicePdf: {
    ...read('/users/invoice-download/:id', z.instanceof(Uint8Array)),
    reads: 'bytes',
    timeoutMs: PDF_MS,
    maxBytes: MAX_PDF_BYTES + 1,
  } satisfies Endpoint<Uint8Array>,
};

/** Nebula Block API Reference, Inference API: models and images are on the platform's base, the rest is not. */
export const serverless = {
  models: read('/serverless/models', models),
  image: {
    ...write('POST', '/images/generation', generatedImages),
    timeoutMs: IMAGE_MS,
    maxBytes: GENERATED_IMAGES_BYTES,
  },
  embed: {
    ...write('POST', '/embeddings', embeddings),
    base: 'inference' as const,
    timeoutMs: EMBEDDING_MS,
    maxBytes: EMBEDDINGS_BYTES,
  },
  text: {
    ...write('POST', '/chat/completions', z.unknown()),
    base: 'inference' as const,
    reads: 'events' as const,
    timeoutMs: TEXT_CHUNK_MS,
  },
};

/** Sends an action on one thing and returns the cloud's message; no reply of Nebula Block names a state. */
export async function sendAction(
  request: Request,
  endpoint: Endpoint<{ message: string | null }>,
  io: Io,
  id: string,
): Promise<ActionReply> {
  const { message } = await request(endpoint, io, { params: { id } });
  return { message, raw_state: null, notes: [] };
}
