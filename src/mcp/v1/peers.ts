import { randomBytes } from 'node:crypto';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { objectIn } from '../../engine/json.ts';
import type { Message } from '../../engine/rpc.ts';

/** This process among those that serve the same sessions. */
export const REPLICA = randomBytes(4).toString('hex');

/** What one process sends the others about a session that several serve, by its name. `to`: the only one that it concerns. */
export type PeerMessage =
  | { kind: 'answer'; session: string; to: string; id: number; body: unknown }
  | { kind: 'cancelled'; session: string; body: unknown }
  | { kind: 'watch'; session: string; uri: string; on: boolean }
  | { kind: 'ended'; session: string };

/** The id of a request of ours, which says who asked, so that the answer reaches it through any process. */
const OWN_ID = /^([0-9a-f]{8}):(\d{1,15})$/;
const named = (id: unknown): string => `${REPLICA}:${id}`;

/** A message as it goes out: our requests, and what cancels them, name this process. */
export function withSender(message: JSONRPCMessage): JSONRPCMessage {
  if (!('method' in message)) return message;
  if ('id' in message) return { ...message, id: named(message.id) };
  if (message.method !== 'notifications/cancelled') return message;
  return { ...message, params: { ...message.params, requestId: named(message.params?.requestId) } };
}

/** Whose question a message answers; null if it answers none. */
export function answers(message: Message | null): { to: string; id: number } | null {
  if (message === null || 'method' in message || typeof message.id !== 'string') return null;
  const [, to, id] = OWN_ID.exec(message.id) ?? [];
  return to === undefined ? null : { to, id: Number(id) };
}

/** What a message subscribes to or gives up; null for all others. */
export function watchIn(message: Message | null): { uri: string; on: boolean } | null {
  const on = message?.method === 'resources/subscribe';
  if (!on && message?.method !== 'resources/unsubscribe') return null;
  const { uri } = objectIn(message.params);
  return typeof uri === 'string' ? { uri, on } : null;
}
