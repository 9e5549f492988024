import type { ActionReply, ApiKeyOps, BillingOps, Io, SshKeyOps } from '../../core/cloud.ts';
import { asGpuError, GpuError } from '../../core/errors.ts';
import type { ApiKey, Invoice, Payment, SshKey } from '../../core/model.ts';
import { formatRef } from '../../core/ref.ts';
import type { Request } from '../../outbound/send.ts';
import { toNum } from '../shared.ts';
import { account, apiKey, MAX_PDF_BYTES, sendAction, sshKey } from './endpoints.ts';
import { digits, fail, incomplete, rowsOf, withNotFound } from './errors.ts';
import { API_KEY_NOTES, REPLIES, REVOCATION, SSH_KEY_NOTES } from './notes.ts';
import { allRows } from './pages.ts';
import { toUtc } from './parse.ts';
import type { ApiKeyRow, InvoiceRow, PaymentRow, SshKeyRow } from './wire.ts';

const PUBLIC_KEY = /^\s*((?:ssh|ecdsa|sk)-[a-z0-9@.-]+)\s+([A-Za-z0-9+/]+={0,2})(?:\s|$)/;

/** The type and the base64 blob of an OpenSSH public key; null if the text is not one. */
function splitPublicKey(text: string | null | undefined): { type: string; blob: string } | null {
  const [, type, blob] = PUBLIC_KEY.exec(text ?? '') ?? [];
  return type === undefined || blob === undefined ? null : { type, blob };
}

/** The OpenSSH fingerprint `SHA256:…` of a public key, computed here because Nebula Block names none. */
async function fingerprint(text: string | null | undefined): Promise<string | null> {
  const key = splitPublicKey(text);
  if (key === null) return null;
  const hash = await globalThis.crypto.subtle.digest('SHA-256', Buffer.from(key.blob, 'base64'));
  return `SHA256:${Buffer.from(hash).toString('base64').replace(/=+$/, '')}`;
}

/** A public key as lists show it: its type and its last 12 characters. */
function shorten(text: string | null | undefined): string | null {
  const key = splitPublicKey(text);
  return key === null ? null : `${key.type} …${key.blob.slice(-12)}`;
}

async function toSshKey(row: SshKeyRow, whole: boolean): Promise<SshKey> {
  const key = splitPublicKey(row.key_data);
  const computed = await fingerprint(row.key_data);
  return {
    ref: formatRef('nebula', 'ssh_key', row.id),
    cloud: 'nebula',
    id: row.id,
    name: row.key_name,
    public_key: whole && key !== null ? `${key.type} ${key.blob}` : shorten(row.key_data),
    fingerprint_sha256: computed,
    fingerprint_derived: computed !== null,
    created_at_utc: row.create_time,
  };
}

/** SSH keys. The ids are integers; `create_time` comes in two forms (Nebula Block API Reference, SSH Keys). */
export function sshKeyOps(request: Request): SshKeyOps {
  const keyId = (id: string) => digits(id, 'ssh_key', 'list_ssh_keys');
  return {
    list: async (io) => {
      const rows = rowsOf(io, await allRows(request, sshKey.list, io), 'SSH key');
      return Promise.all(rows.map((row) => toSshKey(row, false)));
    },
    add: async (io, { name, public_key }) => {
      const body = { key_name: name, key_data: public_key };
      return toSshKey(await request(sshKey.add, io, { body }), true);
    },
    rename: async (io, id, name) => {
      const given = { params: { id: keyId(id) }, body: { key_name: name } };
      return toSshKey(await withNotFound('ssh_key', id, request(sshKey.rename, io, given)), true);
    },
    delete: async (io, id) => withNotFound('ssh_key', id, sendAction(request, sshKey.delete, io, keyId(id))),
    notes: SSH_KEY_NOTES,
  };
}

function toApiKey(row: Pick<ApiKeyRow, 'id' | 'name' | 'description'>, preview: string | null): ApiKey {
  return {
    ref: formatRef('nebula', 'api_key', row.id),
    cloud: 'nebula',
    id: row.id,
    name: row.name,
    description: row.description,
    preview,
    in_use: null,
    last_used_at_utc: null,
    created_at_utc: null,
  };
}

/** True for a reply that may mean that the path does not exist: the documents name several paths for the list. */
const isMissingRoute = ({ code, status }: GpuError): boolean =>
  code === 'not_found' || code === 'unsupported' || status === 404;

async function listApiKeys(request: Request, io: Io): Promise<ApiKey[]> {
  let last: unknown = null;
  for (const endpoint of apiKey.lists) {
    try {
      return (await request(endpoint, io)).map((row) => toApiKey(row, row.partial_key_data));
    } catch (error) {
      if (!(error instanceof GpuError) || !isMissingRoute(error)) throw error;
      last = error;
    }
  }
  throw asGpuError(last);
}

/** The error of a failed revocation, by what the list shows now: a 404 alone may mean the key or the path. */
async function failRevocation(request: Request, io: Io, id: string, cause: unknown): Promise<never> {
  const keys = await listApiKeys(request, io).catch(() => null);
  if (keys === null) {
    throw fail('outcome_unknown', REVOCATION.unknown, { hint: REVOCATION.unknown_next, cause });
  }
  if (keys.some((key) => key.id === id)) {
    throw fail('upstream_error', REVOCATION.still_listed, { hint: REVOCATION.still_listed_next, cause });
  }
  throw fail('not_found', REVOCATION.not_listed, { hint: REVOCATION.not_listed_next, cause });
}

/** API keys. All previews look alike, so it is not known which key is this server's own. */
export function apiKeyOps(request: Request): ApiKeyOps {
  const revoke = async (io: Io, raw: string): Promise<ActionReply> => {
    const id = digits(raw, 'api_key', 'list_api_keys');
    try {
      return await sendAction(request, apiKey.revoke, io, id);
    } catch (error) {
      if (!(error instanceof GpuError) || !isMissingRoute(error)) throw error;
      return failRevocation(request, io, id, error);
    }
  };
  return {
    has_descriptions: true,
    list: (io) => listApiKeys(request, io),
    create: async (io, { name, description }) => {
      const body = { name, ...(description === undefined ? {} : { description }) };
      const { key, ...row } = await request(apiKey.create, io, { body });
      return { api_key: toApiKey(row, null), secret: key };
    },
    revoke,
    notes: API_KEY_NOTES,
  };
}

const DECIMAL = /^-?\d+(?:\.\d+)?$/;

const toInvoice = (row: InvoiceRow): Invoice => ({
  ref: formatRef('nebula', 'invoice', row.id),
  cloud: 'nebula',
  id: row.id,
  number: row.invoice_id,
  amount_usd: row.price,
  type: row.type,
  invoiced_at_utc: toUtc(row.invoiced_time),
  invoiced_at_raw: row.invoiced_time,
});

const toPayment = (row: PaymentRow): Payment => ({
  cloud: 'nebula',
  computing_usd: row.computing_amount,
  serverless_usd: row.serverless_amount,
  total_usd: row.total,
  created_at_utc: toUtc(row.create_time),
  created_at_raw: row.create_time,
});

const isPdf = (bytes: Uint8Array): boolean => new TextDecoder('latin1').decode(bytes.slice(0, 5)) === '%PDF-';

/** Credits, invoices and charges (Nebula Block API Reference, Billing). */
export function billingOps(request: Request): BillingOps {
  return {
    balance: async (io) => {
      const balance = String((await request(account.credits, io)).available_balance).trim();
      return { usd: toNum(balance), usd_text: DECIMAL.test(balance) ? balance : null };
    },
    invoices: async (io, max) => {
      const listed = await allRows(request, account.invoices, io, { max });
      return { rows: listed.rows.map(toInvoice), incomplete: incomplete(io, listed, 'invoice') };
    },
    // The path takes the number `id`; in an invoice number such as #NB-… the # would end the URL.
    invoicePdf: async (io, id) => {
      const params = { id: digits(id, 'invoice', 'list_invoices') };
      const bytes = await withNotFound('invoice', id, request(account.invoicePdf, io, { params }));
      if (!isPdf(bytes)) throw fail('unexpected_response', REPLIES.no_pdf);
      if (bytes.length > MAX_PDF_BYTES) {
        throw fail('unexpected_response', REPLIES.large_pdf);
      }
      return bytes;
    },
    // Charges have no ids. Two of one moment may be equal, but a page that comes again has them at the same places.
    payments: async (io, max) => {
      const keyOf = (row: PaymentRow, place: number) => `${place} ${JSON.stringify(row)}`;
      const listed = await allRows(request, account.payments, io, { max, keyOf });
      return { rows: listed.rows.map(toPayment), incomplete: incomplete(io, listed, 'charge') };
    },
  };
}
