import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { LoggedRequest } from '../../src/sandbox/requests.ts';
import type { Harness } from '../harness.ts';

/** The notifications of a client, in order: URIs of updates, and `list_changed`. */
export function receivedBy(client: Client): string[] {
  const received: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    received.push(params.uri);
  });
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => {
    received.push('list_changed');
  });
  return received;
}

/** `GET /pods` of every request since `from`. */
export const lines = (requests: readonly LoggedRequest[], from = 0): string[] =>
  requests.slice(from).map(({ method, path }) => `${method} ${path}`);

/** The raw id of a pod that somebody else made on Volt. */
export const outsider = ({ world }: Harness, name = 'trainer', state = 'running'): string =>
  world.addPod('volt', { name, state });
