import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import { BOTH, surfaceOf } from './surfaces.ts';

const validator = new AjvJsonSchemaValidator();

/** Whether a structured result fits a schema. */
export type Check = ReturnType<typeof validator.getValidator>;

/** Every object of a schema closed that does not say otherwise. */
function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, close(value)]));
  return 'properties' in inner && !('additionalProperties' in inner)
    ? { ...inner, additionalProperties: false }
    : inner;
}

/** The listed output schema of each tool, by its name, without room for a field that it does not name. */
export async function closedSchemas(): Promise<ReadonlyMap<string, Check>> {
  const { listed } = await surfaceOf(BOTH);
  return new Map(
    listed.map((tool) => [
      tool.name,
      validator.getValidator(close(tool.outputSchema) as Parameters<typeof validator.getValidator>[0]),
    ]),
  );
}
