/**
 * Stands in the bundle for Ajv, which the SDK loads at every start to check JSON schemas with. This program never asks it to:
 * src/mcp/unchecked.ts is what every server and client of it is given instead.
 */
class NoAjv {
  constructor() {
    throw new Error('Ajv is not part of the bundle: pass jsonSchemaValidator.');
  }
}

export default NoAjv;
