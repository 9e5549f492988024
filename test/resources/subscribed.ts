import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { LoggedRequest } from '../../src/sandbox/requests.ts';
import type { Harness } from '../harness.ts';

/** What a client was told, in order: URIs of updates, and `list_changed`. */
export function heard(client: Client): string[] {
  const told: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    told.push(params.uri);
  });
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => {
    told.push('list_changed');
  });
  return told;
}

/** `GET /pods` of every request since `from`. */
export const lines = (requests: readonly LoggedRequest[], from = 0): string[] =>
  requests.slice(from).map(({ method, path }) => `${method} ${path}`);

/** The raw id of a pod that somebody else made on Volt. */
export const outsider = ({ world }: Harness, name = 'trainer', state = 'running'): string =>
  world.addPod('volt', { name, state });
