import type { JsonSchemaValidator, jsonSchemaValidator } from '@modelcontextprotocol/sdk/validation';

/**
 * What the SDK is given to check JSON schemas with: everything passes. A server of ours asks for one string and reads the
 * answer itself (elicit.ts); its own client talks to a server whose replies are parsed by each tool's schema before they
 * are sent. The SDK's Ajv would be a tenth of a start, one for each connection, and would keep the schema of every question.
 */
export const unchecked: jsonSchemaValidator = {
  getValidator<T>(): JsonSchemaValidator<T> {
    return (input) => ({ valid: true, data: input as T, errorMessage: undefined });
  },
};
