import type {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  DiscoverResult,
  PROTOCOL_VERSION_META_KEY,
  SERVER_INFO_META_KEY,
  SUBSCRIPTION_ID_META_KEY,
} from '@modelcontextprotocol/server';
import { CAPABILITIES, INSTRUCTIONS } from '../../engine/instructions.ts';
import { RPC, type RpcFault, type RpcId } from '../../engine/rpc.ts';

/** The revision that this folder speaks (Model Context Protocol 2026-07-28). */
export const REVISION = '2026-07-28';

interface MetaKeys {
  version: typeof PROTOCOL_VERSION_META_KEY;
  client: typeof CLIENT_INFO_META_KEY;
  capabilities: typeof CLIENT_CAPABILITIES_META_KEY;
  server: typeof SERVER_INFO_META_KEY;
  subscription: typeof SUBSCRIPTION_ID_META_KEY;
}

/** Reserved names in `_meta`. */
export const META: MetaKeys = {
  version: 'io.modelcontextprotocol/protocolVersion',
  client: 'io.modelcontextprotocol/clientInfo',
  capabilities: 'io.modelcontextprotocol/clientCapabilities',
  server: 'io.modelcontextprotocol/serverInfo',
  subscription: 'io.modelcontextprotocol/subscriptionId',
};

/** Error codes of this revision (Model Context Protocol 2026-07-28, Basic > Errors). */
export const CODE = {
  ...RPC,
  header_mismatch: -32020,
  missing_capability: -32021,
  unsupported_version: -32022,
} as const;

/** The error code for each fault. */
export const CODES: Readonly<Record<RpcFault, number>> = {
  invalid_params: CODE.params,
  resource_not_found: CODE.params,
  missing_capability: CODE.missing_capability,
  internal: CODE.internal,
};

/** The error of a request. */
export interface Fault {
  code: number;
  message: string;
  data?: Record<string, unknown>;
}

/** The reply to a request. */
export type Reply = { result: Record<string, unknown> } | { error: Fault };

/** A notification of the server. */
export interface Notification {
  method: string;
  params: Record<string, unknown>;
}

/** A reply as it goes over the wire. */
export const replyMessage = (id: RpcId, reply: Reply): Record<string, unknown> => ({
  jsonrpc: '2.0',
  id,
  ...reply,
});

/** A notification as it goes over the wire. */
export const notificationMessage = (notification: Notification): Record<string, unknown> => ({
  jsonrpc: '2.0',
  ...notification,
});

/** How long clients may keep data that does not change while a process runs, milliseconds (our choice). */
export const STATIC_TTL_MS = 300_000;

/** The server's name and version. */
export const identityOf = (version: string) => ({ name: 'gpu-cloud-mcp', title: 'GPU clouds', version });

/**
 * The answer to `server/discover`. It needs no tool and no cloud, so that a probe costs nothing.
 */
export const discovery = (version: string): DiscoverResult => ({
  resultType: 'complete',
  supportedVersions: [REVISION],
  capabilities: CAPABILITIES,
  instructions: INSTRUCTIONS,
  ttlMs: STATIC_TTL_MS,
  cacheScope: 'private',
  _meta: { [META.server]: identityOf(version) },
});
