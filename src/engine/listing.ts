import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import { CLOUD_MARK } from '../core/model.ts';
import type { Results, Toolset } from '../core/policy.ts';
import type { CloudId } from '../core/ref.ts';
import { IN_REF, KEEPS_NULL } from '../core/shown.ts';
import { isObject } from '../core/text.ts';
import type { Tool } from '../tools/tool.ts';
import { hiddenFields } from './input.ts';
import { REPLY_FIELD, TOKEN_FIELD } from './messages.ts';

/** Words by which hosts find the other tools. */
const HINTS: Readonly<Record<Toolset, string>> = {
  machines: 'GPU price',
  pods: 'GPU instance',
  jobs: 'fine-tune training',
  ssh: 'ssh login',
  templates: 'docker',
  registry: 'docker registry',
  api_keys: 'API key',
  billing: 'invoice',
  inference: 'hosted model',
};

/** The hints of a tool that Claude Code reads: to load it at once, or the words to find it by. */
const hintsOf = ({ alwaysLoad, toolset }: Tool): { [key: string]: string | boolean } =>
  alwaysLoad ? { 'anthropic/alwaysLoad': true } : { 'anthropic/searchHint': HINTS[toolset] };

/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** A tool exactly as a client lists it. */
export interface ListedTool {
  name: string;
  title: string;
  description: string;
  inputSchema: JsonObject & { type: 'object' };
  /** Only in the form `both`: it is for programs, and most of the work of a list. */
  outputSchema?: JsonObject & { type: 'object' };
  annotations: {
    title: string;
    readOnlyHint: boolean;
    destructiveHint: boolean;
    idempotentHint: boolean;
    openWorldHint: boolean;
  };
  _meta: { [key: string]: string | boolean };
}

/** True if the result can hold text of strangers: names and messages from clouds, or what a model writes. */
const isOpen = ({ effect, toolset, openWorld }: Tool): boolean =>
  (effect === 'read' && toolset !== 'billing') || openWorld;

/** All four hints (Model Context Protocol 2025-11-25, ToolAnnotations). */
function annotationsOf(tool: Tool): ListedTool['annotations'] {
  const { effect, title } = tool;
  return {
    title,
    readOnlyHint: effect === 'read',
    destructiveHint: effect === 'destroy' || effect === 'interrupt',
    idempotentHint: effect === 'read',
    openWorldHint: isOpen(tool),
  };
}

/** The text with the `[<cloud>: …]` parts of configured clouds, separated by a space, and without those of other clouds. */
const textFor = (text: string, clouds: readonly CloudId[]): string =>
  text
    .replace(/\[([a-z][a-z0-9_]*): ([^\]]*)\]/g, (_all, cloud: string, part: string) => {
      if (!clouds.some((id) => id === cloud)) return '';
      return /^[;,.]/.test(part) ? part : ` ${part}`;
    })
    .trim();

// Keywords that a model does not need: the tool checks them anyway, and its error names the rule.
const OMITTED = new Set([
  '$schema',
  'propertyNames',
  'maxLength',
  'minLength',
  'maxItems',
  'minItems',
  'pattern',
  'exclusiveMinimum',
  'exclusiveMaximum',
]);

/** A generated schema without omitted keywords and obvious bounds, and with `anyOf [T, null]` as a type pair. */
function compact(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(compact);
  if (!isObject(schema)) return schema;
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    const bound = value === Number.MAX_SAFE_INTEGER || value === Number.MIN_SAFE_INTEGER;
    const isPlain = key === 'minimum' && (value === 0 || value === 1);
    const isClosed = key === 'additionalProperties' && value === false;
    if (!OMITTED.has(key) && !bound && !isPlain && !isClosed) out[key] = compact(value);
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

/** The schema with the configured clouds as the values of every field that names a cloud. */
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

const object = (schema: JsonObject): JsonObject & { type: 'object' } => ({ ...schema, type: 'object' });

const without = (properties: JsonObject, hidden: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => !hidden.includes(name)));

function inputSchema(tool: Tool, clouds: readonly Cloud[], tokens: boolean): JsonObject & { type: 'object' } {
  const ids = clouds.map(({ id }) => id);
  const hidden = hiddenFields(tool, clouds);
  const schema = narrow(toSchema(tool.input, 'input'), ids) as JsonObject;
  const properties = without(isObject(schema.properties) ? schema.properties : {}, hidden);
  for (const property of Object.values(properties)) {
    if (!isObject(property)) continue;
    if (typeof property.description === 'string') {
      property.description = textFor(property.description, ids);
      if (property.description === '') delete property.description;
    }
  }
  if (tool.gated && tokens) {
    properties[TOKEN_FIELD] = { type: 'string' };
    properties[REPLY_FIELD] = { type: 'string' };
  }
  return object({ ...schema, properties });
}

/** The schema of plans, confirmations and errors. The documentation describes their fields: in every tool they would be most of the list. */
const THING = { type: 'object' } as const;

/** `[T, null]` as T: a field of a thing that its cloud did not report is left out, never null. */
const withoutNull = (field: Json): Json => {
  if (!isObject(field) || !Array.isArray(field.type)) return field;
  const [type] = field.type;
  const { enum: values } = field;
  return {
    ...field,
    ...(typeof type === 'string' && { type }),
    ...(Array.isArray(values) && { enum: values.filter((value) => value !== null) }),
  };
};

/** The schema of an output as programs get it: nothing is required, because an error result has `error` instead, and clouds leave fields out. */
function shownOutput(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(shownOutput);
  if (!isObject(schema)) return schema;
  const { required: _required, properties, ...rest } = schema;
  const out: JsonObject = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, shownOutput(value)]),
  );
  if (!isObject(properties)) return out;
  const shown = shownOutput(properties);
  const hasRef = 'ref' in properties;
  const fields = Object.entries(isObject(shown) ? shown : {}).flatMap(([name, field]): [string, Json][] => {
    if (hasRef && IN_REF.has(name)) return [];
    return [[name, KEEPS_NULL.has(name) ? field : withoutNull(field)]];
  });
  return { ...out, properties: Object.fromEntries(fields) };
}

function outputSchema(tool: Tool, clouds: readonly CloudId[]): JsonObject & { type: 'object' } {
  const schema = shownOutput(narrow(toSchema(tool.output, 'output'), clouds));
  const { properties: described, ...rest } = isObject(schema) ? schema : {};
  const fields = Object.entries(isObject(described) ? described : {});
  // The list tool describes the fields of a thing; other tools return the same.
  const isThing = (field: Json): boolean =>
    isObject(field) && isObject(field.properties) && 'ref' in field.properties;
  const properties = Object.fromEntries(
    fields.map(([name, field]) => {
      if (name === 'errors' || name === 'things') return [name, { type: 'array', items: THING }];
      if (name === 'status' && tool.gated) return [name, { type: 'string' }];
      return [name, isThing(field) ? THING : field];
    }),
  );
  return object({
    ...rest,
    properties: {
      ...properties,
      ...(tool.gated && { plan: THING, confirmation: THING }),
      error: THING,
      sandbox: { type: 'boolean' },
    },
  });
}

/** The clouds that a tool is for, if that is not all: ` Volt only.` */
const limitedTo = ({ needs }: Tool, clouds: readonly Cloud[]): string => {
  const able = clouds.filter(needs);
  return able.length === clouds.length ? '' : ` ${able.map(({ title }) => title).join(', ')} only.`;
};

/** How clients see the tools. */
interface ListForm {
  clouds: readonly Cloud[];
  /** Confirmation by token is possible. */
  tokens: boolean;
  results: Results;
}

const listTool = (tool: Tool, { clouds, tokens, results }: ListForm): ListedTool => {
  const ids = clouds.map(({ id }) => id);
  return {
    name: tool.name,
    title: tool.title,
    description: `${textFor(tool.description, ids)}${limitedTo(tool, clouds)}`,
    inputSchema: inputSchema(tool, clouds, tokens),
    ...(results === 'both' && { outputSchema: outputSchema(tool, ids) }),
    annotations: annotationsOf(tool),
    _meta: hintsOf(tool),
  };
};

const lists = new Map<string, readonly ListedTool[]>();

/** The list of these tools, built once a process for each form, however many accounts it serves. */
export function listedTools(tools: readonly Tool[], form: ListForm): readonly ListedTool[] {
  const ids = form.clouds.map(({ id }) => id);
  const key = [form.results, form.tokens, ...ids, ...tools.map(({ name }) => name)].join(' ');
  const list = lists.get(key) ?? tools.map((tool) => listTool(tool, form));
  lists.set(key, list);
  return list;
}
