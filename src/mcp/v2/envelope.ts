import type { IncomingHttpHeaders } from 'node:http';
import { isObject } from '../../core/text.ts';
import { type Message, objectIn } from '../../engine/rpc.ts';
import { CODE, type Fault, META, REVISION } from './wire.ts';

/** The envelope of a request: what it says about its client. */
export interface Envelope {
  capabilities: Readonly<Record<string, unknown>>;
  progressToken: string | number | undefined;
}

const metaOf = ({ params }: Message): Record<string, unknown> => objectIn(objectIn(params)._meta);

/** The protocol version in a message; undefined if it has none, so it is of an older revision. */
const claimOf = (message: Message): unknown => metaOf(message)[META.version];

/**
 * True for a message with a version in its envelope. A handshake counts only if it lacks its own parameters
 * (`paramsFault`): clients that speak both revisions put the envelope into every message.
 */
export const claims = (message: Message, paramsFault: Fault | null): boolean =>
  claimOf(message) !== undefined && (message.method !== 'initialize' || paramsFault !== null);

/** The first revision without a handshake; revisions are named by date. */
export const isModern = (version: string | undefined): boolean =>
  version !== undefined && version >= REVISION;

/** The refusal of an unsupported version; it names the supported ones. */
const unsupported = (requested: string): Fault => ({
  code: CODE.unsupported_version,
  message: `Protocol version ${requested.slice(0, 40)} is not served without a handshake; ${REVISION} is.`,
  data: { supported: [REVISION], requested },
});

const invalid = (key: string, rule: string): { fault: Fault } => ({
  fault: { code: CODE.params, message: `_meta: ${key} ${rule}.`, data: { key } },
});

/**
 * The envelope of a request, or what is wrong with it (Model Context Protocol 2026-07-28, Basic > `_meta`: version and
 * client capabilities are required, the client's name and version are not).
 */
function readEnvelope(message: Message): { envelope: Envelope } | { fault: Fault } {
  const meta = metaOf(message);
  const version = meta[META.version];
  if (version === undefined) return invalid(META.version, 'is missing');
  if (typeof version !== 'string') return invalid(META.version, 'must be a string');
  if (version !== REVISION) return { fault: unsupported(version) };
  const capabilities = meta[META.capabilities];
  if (capabilities === undefined) return invalid(META.capabilities, 'is missing');
  if (!isObject(capabilities)) return invalid(META.capabilities, 'must be an object');
  const client = meta[META.client];
  if (client !== undefined) {
    if (!isObject(client)) return invalid(META.client, 'must be an object');
    if (typeof client.name !== 'string' || typeof client.version !== 'string') {
      return invalid(META.client, 'needs a name and a version');
    }
  }
  const { progressToken } = meta;
  const token = typeof progressToken === 'string' || typeof progressToken === 'number';
  return { envelope: { capabilities, progressToken: token ? progressToken : undefined } };
}

/** The capability that a client must declare to be asked for an input. Elicitation without a mode means forms. */
export function capabilityFor(
  method: string,
  params: Readonly<Record<string, unknown>>,
): Record<string, Record<string, unknown>> | null {
  switch (method) {
    case 'elicitation/create':
      return { elicitation: { [params.mode === 'url' ? 'url' : 'form']: {} } };
    case 'sampling/createMessage':
      return { sampling: {} };
    case 'roots/list':
      return { roots: {} };
    default:
      return null;
  }
}

/** True if the declared capabilities cover what is needed. */
export function covers(
  declared: Envelope['capabilities'],
  needed: Record<string, Record<string, unknown>>,
): boolean {
  return Object.entries(needed).every(([name, modes]) => {
    const has = declared[name];
    if (!isObject(has)) return false;
    const isBare = name === 'elicitation' && has.form === undefined && has.url === undefined;
    return Object.keys(modes).every((mode) => isObject(has[mode]) || (isBare && mode === 'form'));
  });
}

/** The one method whose answer is a stream. */
export const LISTEN = 'subscriptions/listen';

/** The methods of this revision that are served. */
const METHOD_NAMES = [
  'server/discover',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'completion/complete',
  LISTEN,
] as const;
export type MethodName = (typeof METHOD_NAMES)[number];

/** A request that is well-formed, or why it is refused, with the HTTP status of the refusal. */
type Judged = { method: MethodName; envelope: Envelope } | { refused: Fault; status: 400 | 404 | 200 };

/**
 * Checks a request before it begins, in the same order on every transport: the envelope with its version, the method, the
 * parameters. `paramsFault`: what is wrong with the parameters.
 */
export function judgeMessage(message: Message, paramsFault: Fault | null): Judged {
  const read = readEnvelope(message);
  if ('fault' in read) return { refused: read.fault, status: 400 };
  const method = METHOD_NAMES.find((name) => name === message.method);
  if (method === undefined) {
    const why = `There is no method ${String(message.method).slice(0, 60)} in this protocol revision.`;
    return { refused: { code: CODE.method, message: why }, status: 404 };
  }
  return paramsFault === null ? { method, ...read } : { refused: paramsFault, status: 200 };
}

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

/** The text of a header; clients send other characters as base64 of UTF-8. Null if that is malformed. */
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
 * Checks that the headers of a request repeat its body: proxies and firewalls decide by them. An unsupported version is
 * reported before missing headers.
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
  // A message of another revision than its headers name is refused later, because its body lacks the envelope.
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
