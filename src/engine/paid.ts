import * as z from 'zod';
import type { PrivateFiles } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { newToken } from '../gate/tickets.ts';
import { REQUEST_SAYS } from './messages.ts';
import type { Runtime } from './runtime.ts';

/** How long a paid result can be read over HTTP, milliseconds. */
const KEPT_MS = 60 * 60 * 1000;
/** Max bytes of paid results of one owner. */
const OWNER_BYTES = 64 * 1024 * 1024;

const URI = /^gpu:\/\/paid\/([\w-]+)$/;
const storedSchema = z.object({ type: z.string(), base64: z.string() });

/** A paid result as a resource: text as text, everything else in base64. */
export type PaidContent = { uri: string; mimeType: string } & ({ text: string } | { blob: string });

interface Saved {
  name: string;
  type: string;
  content: string | Uint8Array;
  /** Writes it to a file, for a caller who can open the files of this server. */
  write: PrivateFiles['write'];
}

/** Saves a result or a document for an owner: see `ToolContext.savePaid` and `saveDocument`. */
export async function saveFor(
  { keeps_paid, gate }: Pick<Runtime, 'keeps_paid' | 'gate'>,
  owner: string,
  { name, type, content, write }: Saved,
): Promise<string> {
  if (keeps_paid === 'files') return write(name, content);
  const id = newToken();
  const value = { type, base64: Buffer.from(content).toString('base64') };
  if (await gate.store.paid.put(id, owner, value, KEPT_MS, { max_bytes: OWNER_BYTES }))
    return `gpu://paid/${id}`;
  throw new Error(`a result of ${content.length} bytes is above the limit of an owner`);
}

/** True for the URI of a paid result. */
export const isPaid = (uri: string): boolean => URI.test(uri);

/** Reads a paid result of an owner. @throws GpuError `not_found` if it has expired, is another's, or never existed */
export async function readPaid(
  { gate, redact }: Pick<Runtime, 'gate' | 'redact'>,
  owner: string,
  uri: string,
): Promise<PaidContent> {
  const [, id = ''] = URI.exec(uri) ?? [];
  const found = storedSchema.safeParse(await gate.store.paid.get(id, owner));
  if (!found.success) {
    throw new GpuError('not_found', REQUEST_SAYS.no_paid, { hint: REQUEST_SAYS.no_paid_next });
  }
  const { type: mimeType, base64: blob } = found.data;
  return mimeType === 'application/json' || mimeType.startsWith('text/')
    ? { uri, mimeType, text: redact(Buffer.from(blob, 'base64').toString('utf8')) }
    : { uri, mimeType, blob };
}
