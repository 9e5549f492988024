/**
 * Stands in the bundle for Ajv, which the SDK loads at every start to check JSON schemas with. This program never asks it to:
 * `unchecked` of src/mcp/v1/sdk.ts is what every server and client of it is given instead.
 */
class NoAjv {
  constructor() {
    throw new Error('Ajv is not part of the bundle: pass jsonSchemaValidator.');
  }
}

export default NoAjv;
