import type { DiscoverResult } from '@modelcontextprotocol/server';
import { INSTRUCTIONS } from '../../engine/instructions.ts';
import { META, REVISION } from './wire.ts';

/** What never changes while a process runs may be kept for five minutes, milliseconds (our choice). */
export const STATIC_TTL_MS = 300_000;

/** Who answers. */
export const identityOf = (version: string) => ({ name: 'gpu-cloud-mcp', title: 'GPU clouds', version });

/**
 * The answer to `server/discover`. It needs no tool and no cloud, so that a probe costs nothing. `list_changed` is offered
 * for resources alone: tools and prompts do not change while the server runs.
 */
export const discovery = (version: string): DiscoverResult => ({
  resultType: 'complete',
  supportedVersions: [REVISION],
  capabilities: {
    tools: {},
    resources: { subscribe: true, listChanged: true },
    prompts: {},
    completions: {},
  },
  instructions: INSTRUCTIONS,
  ttlMs: STATIC_TTL_MS,
  cacheScope: 'private',
  _meta: { [META.server]: identityOf(version) },
});
