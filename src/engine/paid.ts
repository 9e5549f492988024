import * as z from 'zod';
import type { PrivateFiles } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { newToken } from '../gate/tickets.ts';
import type { Store } from '../store/port.ts';
import { REQUEST_SAYS } from './messages.ts';
import type { Runtime } from './runtime.ts';

/** How long a paid result can be read over HTTP, milliseconds. */
const KEPT_MS = 60 * 60 * 1000;
/** Max bytes of one owner's paid results, and as many again of documents; beyond that the oldest give way. */
const OWNER_BYTES = 64 * 1024 * 1024;

const URI = /^gpu:\/\/paid\/([\w-]+)$/;
const storedSchema = z.object({ type: z.string(), base64: z.string() });

/** A paid result as a resource: text as text, everything else in base64. */
export type PaidContent = { uri: string; mimeType: string } & ({ text: string } | { blob: string });

/** What is kept: a result that was paid for, or a document that can be fetched again. */
type Savable = 'result' | 'document';

/** Who has what is kept, in the store: documents never push out results. */
const ownerOf = (principal: string, what: Savable): string =>
  what === 'result' ? principal : `documents of ${principal}`;

/** The part of a runtime in which it is kept. */
interface Kept {
  gate: { store: Pick<Store, 'paid'> };
}

interface Saved {
  what: Savable;
  name: string;
  type: string;
  content: string | Uint8Array;
  /** Writes it to a file, for a caller who can open the files of this server. */
  write: PrivateFiles['write'];
}

/** Saves a result or a document for a principal: see `ToolContext.savePaid` and `saveDocument`. */
export async function saveFor(
  { keeps_paid, gate }: Pick<Runtime, 'keeps_paid'> & Kept,
  principal: string,
  { what, name, type, content, write }: Saved,
): Promise<string> {
  if (keeps_paid === 'files') return write(name, content);
  const id = newToken();
  const value = { type, base64: Buffer.from(content).toString('base64') };
  if (await gate.store.paid.put(id, ownerOf(principal, what), value, KEPT_MS, { max_bytes: OWNER_BYTES }))
    return `gpu://paid/${id}`;
  throw new Error(`a ${what} of ${content.length} bytes is above the limit of an owner`);
}

/** True for the URI of a paid result or a document. */
export const isPaid = (uri: string): boolean => URI.test(uri);

/** Reads a paid result or a document of a principal. @throws GpuError `not_found` if it has expired, is another's, or never existed */
export async function readPaid(
  { gate, redact }: Pick<Runtime, 'redact'> & Kept,
  principal: string,
  uri: string,
): Promise<PaidContent> {
  const [, id = ''] = URI.exec(uri) ?? [];
  const read = (what: Savable) => gate.store.paid.get(id, ownerOf(principal, what));
  const found = storedSchema.safeParse((await read('result')) ?? (await read('document')));
  if (!found.success) {
    throw new GpuError('not_found', REQUEST_SAYS.no_paid, { hint: REQUEST_SAYS.no_paid_next });
  }
  const { type: mimeType, base64: blob } = found.data;
  return mimeType === 'application/json' || mimeType.startsWith('text/')
    ? { uri, mimeType, text: redact(Buffer.from(blob, 'base64').toString('utf8')) }
    : { uri, mimeType, blob };
}
