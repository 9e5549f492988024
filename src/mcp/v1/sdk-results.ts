import type { CallToolResult, ListToolsResult } from '@modelcontextprotocol/sdk/types.js';
import type { ShownResult } from '../../engine/forms.ts';
import type { Handlers } from '../../engine/handlers.ts';

/** A list of tools as the SDK types it. */
export const toListResult = (list: ReturnType<Handlers['listTools']>): ListToolsResult =>
  list as unknown as ListToolsResult;

/** A tool result as the SDK types it. */
export const toCallResult = (result: ShownResult): CallToolResult => result as unknown as CallToolResult;
