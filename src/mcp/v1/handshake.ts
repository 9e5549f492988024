import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { INSTRUCTIONS } from '../../engine/instructions.ts';
import { unchecked } from '../unchecked.ts';

/**
 * A server that answers `initialize` and `ping` and has no handlers yet. It needs no tool and no cloud, so that a stdio
 * server can answer the handshake before the rest of the program is loaded.
 */
export const createHandshakeServer = (version: string): Server =>
  new Server(
    { name: 'gpu-cloud-mcp', title: 'GPU clouds', version },
    {
      capabilities: {
        tools: {},
        resources: { subscribe: true, listChanged: true },
        prompts: {},
        completions: {},
      },
      instructions: INSTRUCTIONS,
      jsonSchemaValidator: unchecked,
    },
  );
