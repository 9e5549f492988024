import type { CallToolResult, ListToolsResult } from '@modelcontextprotocol/sdk/types.js';
import type { Handlers } from '../../engine/handlers.ts';
import type { CallResult } from '../../engine/result.ts';

/** A list of tools as the SDK types it. */
export const toListResult = (list: ReturnType<Handlers['listTools']>): ListToolsResult =>
  list as unknown as ListToolsResult;

/** A tool result as the SDK types it. */
export const toCallResult = (result: CallResult): CallToolResult => result as unknown as CallToolResult;
