import { randomUUID } from 'node:crypto';
import type { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import { type Message, objectIn, type RpcId } from '../../engine/rpc.ts';

/** What one process sends the others about a session that several serve, by its name. `to`: the only one that it concerns. */
export type PeerMessage =
  | { kind: 'answer'; session: string; to: string; id: number; body: unknown }
  | { kind: 'cancelled'; session: string; body: unknown }
  | { kind: 'watch'; session: string; uri: string; on: boolean }
  | { kind: 'ended'; session: string };

/** The id of a request of ours, which says who asked, so that the answer reaches it through any process. */
const OWN_ID = /^([0-9a-f-]{8,36}):(\d{1,15})$/;

/** A message as it goes out: our requests, and what cancels them, name this process, `self`. */
export function withSender(message: JSONRPCMessage, self: string): JSONRPCMessage {
  const named = (id: unknown): string => `${self}:${id}`;
  if (!('method' in message)) return message;
  if ('id' in message) return { ...message, id: named(message.id) };
  if (message.method !== 'notifications/cancelled') return message;
  return { ...message, params: { ...message.params, requestId: named(message.params?.requestId) } };
}

/** The process whose question a message answers; null if it answers none. */
export function answers(message: Message | null): { to: string; id: number } | null {
  if (message === null || 'method' in message || typeof message.id !== 'string') return null;
  const [, to, id] = OWN_ID.exec(message.id) ?? [];
  return to === undefined ? null : { to, id: Number(id) };
}

/** The URI that a message subscribes to or unsubscribes from; null for all others. */
export function watchIn(message: Message | null): { uri: string; on: boolean } | null {
  const on = message?.method === 'resources/subscribe';
  if (!on && message?.method !== 'resources/unsubscribe') return null;
  const { uri } = objectIn(message.params);
  return typeof uri === 'string' ? { uri, on } : null;
}

type Transport = WebStandardStreamableHTTPServerTransport;

/** Passes a message to the protocol as if it had come over the wire of this process. */
export function receive(transport: Transport, body: unknown): void {
  const message = JSONRPCMessageSchema.safeParse(body).data;
  if (message !== undefined) transport.onmessage?.(message);
}

/** The requests of a session's past that this process sends to itself. */
interface Replays {
  /** The handshake. False if it is refused. */
  open(url: string, initialize: Message): Promise<boolean>;
  watch(uri: string, on: boolean): void;
  /** True for an answer to one of these requests, which goes to nobody. */
  take(sent: JSONRPCMessage): boolean;
}

/**
 * Replays what a session began with, so that its server here is as it was elsewhere. `onWatched`: a subscription of the past
 * holds here from now on, or cannot be made any more.
 */
export function createReplays(
  transport: Transport,
  sessionId: string,
  onWatched: (uri: string) => void,
): Replays {
  // No client can have an id like this.
  const prefix = `replay ${randomUUID()} `;
  let count = 0;
  const beginning = new Map<RpcId, string>();
  const post = async (url: string, message: Message, version: string | null): Promise<Response> => {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(version !== null && { 'mcp-session-id': sessionId, 'mcp-protocol-version': version }),
    };
    const request = new Request(url, { method: 'POST', headers, body: JSON.stringify(message) });
    return transport.handleRequest(request, { parsedBody: message });
  };
  return {
    async open(url, initialize) {
      const response = await post(url, initialize, null);
      const text = await response.text();
      const [, version] = /"protocolVersion":"([\d-]{10})"/.exec(text) ?? [];
      if (!response.ok || version === undefined) return false;
      await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' }, version);
      return true;
    },
    watch(uri, on) {
      count += 1;
      const method = on ? 'resources/subscribe' : 'resources/unsubscribe';
      const id = `${prefix}${count}`;
      if (on) beginning.set(id, uri);
      receive(transport, { jsonrpc: '2.0', id, method, params: { uri } });
    },
    take(sent) {
      if ('method' in sent || typeof sent.id !== 'string' || !sent.id.startsWith(prefix)) return false;
      const uri = beginning.get(sent.id);
      beginning.delete(sent.id);
      if (uri !== undefined) onWatched(uri);
      return true;
    },
  };
}
