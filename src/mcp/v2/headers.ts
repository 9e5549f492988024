import type { IncomingHttpHeaders } from 'node:http';
import { type Message, objectIn } from '../../engine/rpc.ts';
import { claimOf, unsupported } from './envelope.ts';
import { CODE, type Fault, REVISION } from './wire.ts';

/** Which parameter `Mcp-Name` repeats (Model Context Protocol 2026-07-28, Transports > Standard Request Headers). */
const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};

const one = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' ? value.trim() : undefined;

/** The protocol version that the headers name. */
export const versionIn = (headers: IncomingHttpHeaders): string | undefined =>
  one(headers['mcp-protocol-version']);

const ENCODED = /^=\?base64\?((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)\?=$/;

/** A header's text: what does not fit into one is sent as base64 of UTF-8. Null if that is broken. */
function decoded(value: string): string | null {
  if (!value.startsWith('=?base64?') || !value.endsWith('?=')) return value;
  const encoded = ENCODED.exec(value)?.[1];
  if (encoded === undefined) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64'));
  } catch {
    return null;
  }
}

const mismatch = (header: string, rule: string): Fault => ({
  code: CODE.header_mismatch,
  message: `The header ${header} ${rule}. Every proxy on the way must pass Mcp-* headers on.`,
  data: { header },
});

/**
 * Whether the headers of a request repeat what its body says: they are what proxies and firewalls judge it by. A version
 * that is not spoken here comes before headers that are missing.
 */
export function headerFault(message: Message, headers: IncomingHttpHeaders): Fault | null {
  const claim = claimOf(message);
  const version = versionIn(headers);
  if (typeof claim === 'string') {
    if (version !== undefined && version !== claim) {
      return mismatch('MCP-Protocol-Version', 'names another version than the body');
    }
    if (claim !== REVISION) return unsupported(claim);
  }
  if (version === undefined) return mismatch('MCP-Protocol-Version', 'is missing');
  // A message of another revision than the headers say is refused by its body, which lacks the envelope.
  if (claim === undefined && version !== REVISION) return unsupported(version);
  const method = one(headers['mcp-method']);
  if (claim === undefined && method === undefined) return null;
  if (method === undefined) return mismatch('Mcp-Method', 'is missing');
  if (method !== message.method) return mismatch('Mcp-Method', 'names another method than the body');
  const key = NAMED_BY[method];
  const name = key === undefined ? undefined : objectIn(message.params)[key];
  if (typeof name !== 'string') return null;
  const given = one(headers['mcp-name']);
  if (given === undefined) return mismatch('Mcp-Name', 'is missing');
  return decoded(given) === name ? null : mismatch('Mcp-Name', `names something else than params.${key}`);
}
