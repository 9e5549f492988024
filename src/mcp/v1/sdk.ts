import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { JsonSchemaValidator, jsonSchemaValidator } from '@modelcontextprotocol/sdk/validation';
import { CAPABILITIES, INSTRUCTIONS } from '../../engine/instructions.ts';

/**
 * The JSON schema validator for the SDK: everything passes. Our server asks for one string and checks the answer itself
 * (elicit.ts); our client talks to a server that parses its replies by each tool's schema before it sends them. The SDK's
 * own validator, Ajv, would take a tenth of the start for each connection, and would keep the schema of every question.
 */
export const unchecked: jsonSchemaValidator = {
  getValidator<T>(): JsonSchemaValidator<T> {
    return (input) => ({ valid: true, data: input as T, errorMessage: undefined });
  },
};

/**
 * A server that answers `initialize` and `ping` and has no handlers yet. It needs no tool and no cloud, so that a stdio
 * server can answer the handshake before the rest of the program is loaded.
 */
export const createHandshakeServer = (version: string): Server =>
  new Server(
    { name: 'gpu-cloud-mcp', title: 'GPU clouds', version },
    {
      capabilities: CAPABILITIES,
      instructions: INSTRUCTIONS,
      jsonSchemaValidator: unchecked,
    },
  );
