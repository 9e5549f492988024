import * as z from 'zod';
import { clean, isObject } from '../../core/text.ts';
import { amount, flag, num } from '../shared.ts';
import { toText, toUtc, words } from './parse.ts';

// The schemas of Nebula Block's replies. Rows are allow-lists: a field that is not named here is dropped. A row must
// have an id; every other field may be missing, null or of another type, and is null then.

/** Text safe to show, at most 200 characters, or null. */
const text = z.preprocess((value) => toText(value), z.string().nullable());
/** Text safe to show, at most 1,000 characters, or null. */
const longText = z.preprocess((value) => toText(value, 1000), z.string().nullable());
const MAX_ID = 256;

/**
 * An id as text, whether the cloud wrote a string or an integer. One that cannot stand in a path is kept, so that
 * its row is seen; it is refused when it is used.
 */
const id = z
  .union([z.string(), z.int()])
  .transform(String)
  .refine((raw) => raw !== '' && clean(raw, MAX_ID) === raw, 'not an id');

/** True if there is a secret, which itself is dropped here. */
const has = z.preprocess(
  (value) => (value === undefined || value === null ? null : value !== ''),
  z.boolean().nullable(),
);

const own = (value: unknown, key: string): unknown =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;

/** The content of a reply: `data`, or the named key in it, or the body itself if there is no envelope. */
function unwrap(body: unknown, key?: string): unknown {
  const data = own(body, 'data') ?? body;
  return (key === undefined ? undefined : own(data, key)) ?? data;
}

/** The `data` of an envelope `{ data, message, status }`. */
const dataOf = <T>(schema: z.ZodType<T>, key?: string): z.ZodType<T> =>
  z.preprocess((body) => unwrap(body, key), schema);

/** One page of a list: rows under `data` or `data[key]`, the total beside them or beside `data`. */
export const pageOf = <T>(row: z.ZodType<T>, totalKey: string, key?: string) =>
  z.preprocess(
    (body) => ({ rows: unwrap(body, key), total: own(own(body, 'data'), totalKey) ?? own(body, totalKey) }),
    z.object({ rows: z.array(row), total: num }),
  );

/** An action's reply, whose `data` is missing or empty; an empty body has no message. */
export const done = z.preprocess(
  (body) => (body === null || body === undefined || body === '' ? {} : body),
  z.object({ message: z.preprocess(words, z.string().nullable()) }),
);

const product = z.object({
  id,
  dc_id: num,
  product_type: text,
  region: text,
  price_per_hour: amount,
  cpu: num,
  ram: num,
  gpu: text,
  gpu_type: text,
  gpu_count: num,
  disk_size: num,
  ephemeral: num,
  stock: num,
  is_available: flag,
  is_spot: flag,
  vram: num,
});
/** The fields of a product (Nebula Block API Reference, List Products); `is_spot` and `vram` are not documented. */
export type ProductRow = z.infer<typeof product>;

const image = z.object({ id, dc_id: num, os_name: text, os_type: text, region: text });
/** The fields of an image (Nebula Block API Reference, List Images). */
export type ImageRow = z.infer<typeof image>;

/** A row with the keys of the maps it was found under, outermost first. */
export interface Placed<T> {
  under: string[];
  row: T;
}

const UNSAFE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

function flatten(value: unknown, depth: number, under: string[]): Placed<unknown>[] | null {
  if (Array.isArray(value)) return value.map((row) => ({ under, row }));
  if (depth === 0 || !isObject(value)) return null;
  const entries = Object.entries(value).filter(([key]) => !UNSAFE_KEYS.has(key));
  const found = entries.map(([key, inner]) => flatten(inner, depth - 1, [...under, toText(key) ?? '']));
  const rows = found.filter((list) => list !== null);
  return entries.length > 0 && rows.length === 0 ? null : rows.flat();
}

/**
 * Rows out of nested maps, at most `depth` deep: the keys (regions, GPU types) are open. Entries that are not
 * lists are skipped, but a map in which nothing is a list is a wrong shape, not an empty list.
 */
const nested = <T>(row: z.ZodType<T>, depth: number) =>
  z.preprocess(
    (body) => (isObject(body) && Object.keys(body).length === 0 ? null : unwrap(body)),
    z
      .unknown()
      .transform((data) => flatten(data, depth, []))
      .pipe(z.array(z.object({ under: z.array(z.string()), row }))),
  );

/** GET /computing/products: `{ <REGION>: { <GPU_TYPE>: Product[] } }`. */
export const products: z.ZodType<Placed<ProductRow>[]> = nested(product, 2);

/** GET /computing/images: `{ <REGION>: Image[] }`. */
export const images: z.ZodType<Placed<ImageRow>[]> = nested(image, 1);

/** An instance, in a list or in detail: the detail has numbers as strings and the password of the machine. */
export const instance = z
  .object({
    id,
    region: text,
    product_type: text,
    host_name: text,
    vm_name: text,
    cpu_cores: num,
    ram: num,
    gpu: text,
    gpu_type: text,
    gpu_count: num,
    disk_size: num,
    ephemeral: num,
    public_ipv4: text,
    lan_ipv4: text,
    price_per_hour: amount,
    os: text,
    status: text,
    login_method: text,
    exposed_ports: text,
    user_name: text,
    start_time: text,
    running_time: num,
    total_cost: num,
    vm_password: has,
    password: has,
  })
  .transform(({ vm_password, password, ...row }) => ({
    ...row,
    has_password:
      vm_password === null && password === null ? null : vm_password === true || password === true,
  }));
/** The fields of an instance. */
export type InstanceRow = z.infer<typeof instance>;

/** GET /computing/instance/{id}: documented as an array of one; an object without array is accepted and noted as drift. */
export const detail = dataOf(
  z
    .unknown()
    .transform((data) => ({ rows: isObject(data) ? [data] : data, is_array: Array.isArray(data) }))
    .pipe(z.object({ rows: z.array(instance), is_array: z.boolean() })),
);

const usage = z
  .object({ prompt_tokens: num, completion_tokens: num, total_tokens: num })
  .nullish()
  .catch(null);

const part = z.object({ content: z.string().nullish().catch(null) }).nullish();

/** A completion, whole (`message`) or one piece of a stream (`delta`). */
export const completion = z.object({
  model: text,
  choices: z.array(z.object({ index: num, delta: part, message: part, finish_reason: text })).nullish(),
  usage,
});
/** A completion or a chunk of one. */
export type Completion = z.infer<typeof completion>;

/** POST /embeddings: one vector an input, each with its index. */
export const embeddings = z.object({
  model: text,
  data: z.array(z.object({ embedding: z.array(z.number()), index: num })),
  usage,
});

/** POST /images/generation: `data` is the list of images, beside `message` and `status`. */
export const generatedImages = z.object({
  data: z.array(
    z.object({
      b64_json: z.string().min(1),
      timings: z.object({ inference: num }).nullish().catch(null),
    }),
  ),
});

const utc = z.preprocess(toUtc, z.string().nullable());

const sshKey = z.object({ id, key_name: text, key_data: z.string().nullish().catch(null), create_time: utc });
/** The fields of an SSH key. */
export type SshKeyRow = z.infer<typeof sshKey>;

/** GET /ssh-keys (Nebula Block API Reference, SSH Keys > List SSH Keys). */
export const sshKeys = pageOf(sshKey, 'total_ssh_keys', 'ssh_keys');

/** POST /ssh-keys and PUT /ssh-keys/{id}. */
export const oneSshKey = dataOf(sshKey);

const apiKey = z.object({ id, name: text, description: text, partial_key_data: text });
/** The fields of an API key in a list. */
export type ApiKeyRow = z.infer<typeof apiKey>;

/** GET /api_keys (Nebula Block API Reference, API Keys > List API Keys). */
export const apiKeys = dataOf(z.array(apiKey), 'api_keys');

/** POST /api-keys: the only reply that carries a whole key. */
export const newApiKey = dataOf(z.object({ id, key: z.string().min(1), name: text, description: text }));

/** GET /users/credits: a decimal string, five places. */
export const credits = dataOf(z.object({ available_balance: z.union([z.string(), z.number()]) }));

const invoice = z.object({
  id,
  invoice_id: text,
  price: num,
  type: text,
  invoiced_time: text,
});
/** The fields of an invoice. */
export type InvoiceRow = z.infer<typeof invoice>;

/** GET /users/invoices. */
export const invoices = pageOf(invoice, 'total_invoices', 'invoices');

const payment = z.object({
  computing_amount: num,
  serverless_amount: num,
  total: num,
  create_time: text,
});
/** The fields of a row of the credit history. */
export type PaymentRow = z.infer<typeof payment>;

/** GET /users/credits/history. */
export const payments = pageOf(payment, 'total_credit_histories', 'credit_history');

const model = z.object({
  model_name: z.string().min(1),
  model_alias: text,
  model_type: text,
  context_length: num,
  max_completion_tokens: num,
  description: longText,
  price: num,
  huggingface_url: text,
});
/** The fields of a hosted model. */
export type ModelRow = z.infer<typeof model>;

/** GET /serverless/models. */
export const models = dataOf(z.array(model), 'models');
