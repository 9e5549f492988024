import { CLOUD_MARK } from '../core/cloud-id.ts';
import type { Toolset } from '../core/policy.ts';
import type { CloudId } from '../core/ref.ts';
import type { Effect } from '../tools/tool.ts';

declare const __CATALOGUE__: string | undefined;

/** JSON as it stands in a schema. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** A tool exactly as a client lists it. */
export interface ListedTool {
  name: string;
  title: string;
  description: string;
  inputSchema: JsonObject & { type: 'object' };
  outputSchema: JsonObject & { type: 'object' };
  annotations: {
    title: string;
    readOnlyHint: boolean;
    destructiveHint: boolean;
    idempotentHint: boolean;
    openWorldHint: boolean;
  };
}

/** All of a tool that a list needs, as plain data; texts and schemas still with the parts of every cloud. */
export interface CatalogueTool {
  name: string;
  title: string;
  description: string;
  toolset: Toolset;
  effect: Effect;
  gated: boolean;
  only: Readonly<Record<string, CloudId>>;
  input: JsonObject;
  output: JsonObject;
}

/** A tool of the package's catalogue, with the clouds that can do it. */
export interface BuiltTool extends CatalogueTool {
  clouds: readonly CloudId[];
}

/** Whether there is a catalogue made when the package was built; not where the source runs unbundled. */
export const IS_BUILT = typeof __CATALOGUE__ === 'string';

/** That catalogue, parsed anew by every call; empty where there is none. */
export const builtCatalogue = (): BuiltTool[] =>
  typeof __CATALOGUE__ === 'string' ? JSON.parse(__CATALOGUE__) : [];

/** All four hints, derived from the one declared effect (Model Context Protocol 2025-11-25, ToolAnnotations). */
export function annotationsOf(effect: Effect, title: string): ListedTool['annotations'] {
  return {
    title,
    readOnlyHint: effect === 'read',
    destructiveHint: effect === 'destroy' || effect === 'interrupt',
    idempotentHint: effect === 'read',
    openWorldHint: true,
  };
}

/** Keeps the `[<cloud>: …]` parts of a text for configured clouds, parted by a space, and drops the others. */
export const textFor = (text: string, clouds: readonly CloudId[]): string =>
  text
    .replace(/\[([a-z][a-z0-9_]*): ([^\]]*)\]/g, (_all, cloud: string, part: string) => {
      if (!clouds.some((id) => id === cloud)) return '';
      return /^[;,.]/.test(part) ? part : ` ${part}`;
    })
    .trim();

/** Whether JSON is an object. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Gives every field that names a cloud the list of configured ones. */
function narrow(schema: Json, clouds: readonly CloudId[]): Json {
  if (Array.isArray(schema)) return schema.map((inner) => narrow(inner, clouds));
  if (!isObject(schema)) return schema;
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) out[key] = narrow(value, clouds);
  if (CLOUD_MARK in out) {
    delete out[CLOUD_MARK];
    out.enum = Array.isArray(out.type) ? [...clouds, null] : [...clouds];
  }
  return out;
}

/** The names of input fields that do not exist because their cloud is not configured. */
export const hiddenFields = (tool: Pick<CatalogueTool, 'only'>, clouds: readonly CloudId[]): string[] =>
  Object.entries(tool.only)
    .filter(([, cloud]) => !clouds.includes(cloud))
    .map(([field]) => field);

/** The optional input of every gated tool with which an agreed plan is executed. */
export const TOKEN_FIELD = 'confirmation_token';

const object = (schema: JsonObject): JsonObject & { type: 'object' } => ({ ...schema, type: 'object' });

const without = (properties: JsonObject, hidden: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => !hidden.includes(name)));

function inputSchema(
  tool: CatalogueTool,
  clouds: readonly CloudId[],
  tokens: boolean,
): JsonObject & { type: 'object' } {
  const hidden = hiddenFields(tool, clouds);
  const schema = narrow(tool.input, clouds) as JsonObject;
  const properties = without(isObject(schema.properties) ? schema.properties : {}, hidden);
  for (const property of Object.values(properties)) {
    if (!isObject(property)) continue;
    if (typeof property.description === 'string') {
      property.description = textFor(property.description, clouds);
      if (property.description === '') delete property.description;
    }
  }
  if (tool.gated && tokens) properties[TOKEN_FIELD] = { type: 'string' };
  return object({ ...schema, properties });
}

const errorSchema: JsonObject = {
  type: 'object',
  properties: {
    code: { type: 'string' },
    message: { type: 'string' },
    hint: { type: ['string', 'null'] },
    retryable: { type: 'boolean' },
    retry_after_seconds: { type: ['number', 'null'] },
    cloud: { type: ['string', 'null'] },
    candidates: { type: 'array', items: { type: 'string' } },
  },
  required: ['code', 'message', 'hint', 'retryable', 'retry_after_seconds', 'cloud'],
};

// Nothing is required at the top, because a refusal carries `error` (and perhaps `plan`) instead of the fields.
function outputSchema(tool: CatalogueTool, clouds: readonly CloudId[]): JsonObject & { type: 'object' } {
  const { required: _required, properties, ...schema } = narrow(tool.output, clouds) as JsonObject;
  const shared: JsonObject = { error: errorSchema, sandbox: { type: 'boolean' } };
  const plan: JsonObject = tool.gated ? {} : { plan: { type: 'object' } };
  return object({
    ...schema,
    properties: { ...(isObject(properties) ? properties : {}), ...plan, ...shared },
  });
}

/** A tool as clients see it who have these clouds. `tokens`: confirmation by token is possible. */
export const listTool = (tool: CatalogueTool, clouds: readonly CloudId[], tokens: boolean): ListedTool => ({
  name: tool.name,
  title: tool.title,
  description: textFor(tool.description, clouds),
  inputSchema: inputSchema(tool, clouds, tokens),
  outputSchema: outputSchema(tool, clouds),
  annotations: annotationsOf(tool.effect, tool.title),
});

/** What decides which tools a server lists, without the clouds themselves. */
export interface Listing {
  clouds: readonly CloudId[];
  readOnly: boolean;
  toolsets: ReadonlySet<Toolset>;
  /** Confirmation by token is possible. */
  tokens: boolean;
}

/** The list of a server that is not loaded yet, from the package's catalogue. */
export function listBuilt({ clouds, readOnly, toolsets, tokens }: Listing): ListedTool[] {
  const exist = builtCatalogue().filter(
    (tool) =>
      tool.clouds.some((id) => clouds.includes(id)) &&
      (!readOnly || tool.effect === 'read') &&
      toolsets.has(tool.toolset),
  );
  return exist.map((tool) => listTool(tool, clouds, tokens));
}
