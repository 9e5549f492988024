import * as z from 'zod';
import type { CloudId } from '../core/ref.ts';
import type { Tool } from '../tools/tool.ts';
import {
  builtCatalogue,
  type CatalogueTool,
  isObject,
  type Json,
  type JsonObject,
  type ListedTool,
  listTool,
} from './catalogue.ts';

// What a model does not need to see, because the tool checks it anyway and names the rule when it is broken.
const unseen = new Set([
  '$schema',
  'propertyNames',
  'maxLength',
  'minLength',
  'maxItems',
  'minItems',
  'pattern',
]);

/** A generated schema made small: no text lengths, `anyOf [T, null]` as a type pair, no bounds of safe integers. */
function compact(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(compact);
  if (!isObject(schema)) return schema;
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    const bound = value === Number.MAX_SAFE_INTEGER || value === Number.MIN_SAFE_INTEGER;
    if (!unseen.has(key) && !bound) out[key] = compact(value);
  }
  const pair = out.anyOf;
  if (Array.isArray(pair) && pair.length === 2 && isObject(pair[0]) && isObject(pair[1])) {
    const [{ type, ...rest }, none] = pair;
    if (typeof type === 'string' && none.type === 'null') {
      if (Array.isArray(rest.enum)) rest.enum = [...rest.enum, null];
      return { ...rest, type: [type, 'null'] };
    }
  }
  return out;
}

const toSchema = (schema: z.ZodObject, io: 'input' | 'output'): JsonObject =>
  compact(z.toJSONSchema(schema, { io, target: 'draft-7' }) as Json) as JsonObject;

/** A tool as plain data: its schemas as JSON. */
export const catalogued = (tool: Tool): CatalogueTool => ({
  name: tool.name,
  title: tool.title,
  description: tool.description,
  toolset: tool.toolset,
  effect: tool.effect,
  gated: tool.gated,
  only: tool.only,
  input: toSchema(tool.input, 'input'),
  output: toSchema(tool.output, 'output'),
});

/** The list of tools as clients see it, from the package's catalogue where there is one. `tokens`: confirmation by token is possible. */
export function listedTools(
  tools: readonly Tool[],
  clouds: readonly CloudId[],
  tokens: boolean,
): ListedTool[] {
  const built = new Map(builtCatalogue().map((tool) => [tool.name, tool]));
  return tools.map((tool) => listTool(built.get(tool.name) ?? catalogued(tool), clouds, tokens));
}
