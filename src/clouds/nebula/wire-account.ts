import * as z from 'zod';
import { num } from '../fields.ts';
import { toUtc } from './parse.ts';
import { dataOf, id, longText, pageOf, text } from './wire.ts';

const utc = z.preprocess(toUtc, z.string().nullable());

const sshKey = z.object({ id, key_name: text, key_data: z.string().nullish().catch(null), create_time: utc });
/** What is read of an SSH key. */
export type SshKeyRow = z.infer<typeof sshKey>;

/** GET /ssh-keys (Nebula Block API Reference, SSH Keys > List SSH Keys). */
export const sshKeys = pageOf(sshKey, 'total_ssh_keys', 'ssh_keys');

/** POST /ssh-keys and PUT /ssh-keys/{id}. */
export const oneSshKey = dataOf(sshKey);

const apiKey = z.object({ id, name: text, description: text, partial_key_data: text });
/** What is read of an API key in a list. */
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
/** What is read of an invoice. */
export type InvoiceRow = z.infer<typeof invoice>;

/** GET /users/invoices. */
export const invoices = pageOf(invoice, 'total_invoices', 'invoices');

const payment = z.object({
  computing_amount: num,
  serverless_amount: num,
  total: num,
  create_time: text,
});
/** What is read of a row of the credit history. */
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
/** What is read of a hosted model. */
export type ModelRow = z.infer<typeof model>;

/** GET /serverless/models. */
export const models = dataOf(z.array(model), 'models');
