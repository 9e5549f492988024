import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import { CLOUD_MARK } from '../core/model.ts';
import { readRef } from '../core/ref.ts';
import { isObject, jsonIn } from '../core/text.ts';
import { kindsNamedBy, minItemsOf } from '../tools/fields.ts';
import type { Tool } from '../tools/tool.ts';
import { numberIn, numberRule } from './amounts.ts';
import { INPUT_SAYS } from './messages.ts';

/** A JSON schema of an input, as far as it decides how a value is read. */
type Shape = z.core.JSONSchema.JSONSchema;

/** The marks in a schema of a text that is the ref of a thing, and of a text that may come as a number. */
const REF_MARK = 'x-ref';
const NUMBER_MARK = 'x-number';

/** Arguments that some hosts add to every call. */
const HOST_ADDED: ReadonlySet<string> = new Set([
  'toolCallId',
  'sessionId',
  'action',
  'chatInput',
  'tool',
  '_meta',
]);

/** True for the values that many models and hosts send for an argument that they leave out. */
const isLeftOut = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '');

/** The arguments without those that hosts add, and without optional ones that are null or "". */
export const givenArguments = <T>(
  args: Readonly<Record<string, T>>,
  required: readonly string[],
): Record<string, T> =>
  Object.fromEntries(
    Object.entries(args).filter(
      ([name, value]) => !HOST_ADDED.has(name) && (required.includes(name) || !isLeftOut(value)),
    ),
  );

/** One value as it was sent, with its argument's name and schema. */
interface Given {
  value: unknown;
  shape: Shape;
  name: string;
  /** The call may leave the argument out. */
  isOptional: boolean;
  /** The tool only reads: without a cloud it reads all. */
  isRead: boolean;
}

/** A value that counts as not given. */
const LEFT_OUT = Symbol('left out');

/** Reads a value that has another form than the schema's; null if the rule does not apply. */
type Rule = (given: Given) => { value: unknown } | { fault: string } | null;

const inner = (shape: unknown): Shape => (isObject(shape) ? (shape as Shape) : {});

/** Whether a value has the JSON type of a shape. */
function hasType(value: unknown, { type }: Shape): boolean {
  if (type === undefined) return true;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return typeof value === (type === 'integer' ? 'number' : type);
}

/** True for a text of any kind: no ref and no word of a list. */
const isPlainText = (shape: Shape): boolean =>
  shape.type === 'string' && shape.enum === undefined && shape[REF_MARK] !== true;

/** Whether an argument counts as not given. A blank text that a call must have is left to the tool to judge. */
const isNotGiven = ({ value, shape, isOptional }: Given): boolean =>
  value === null || ((isOptional || !isPlainText(shape)) && isLeftOut(value));

/** Whether an item of a list only fills it. In a list of texts that a call must have, the position of each counts. */
const isFiller = ({ value, shape, isOptional }: Given): boolean =>
  (isOptional || !isPlainText(shape)) && isLeftOut(value);

const itemOf = (given: Given, value: unknown): Given => ({
  ...given,
  value,
  shape: inner(given.shape.items),
});

const jsonObject: Rule = ({ value, shape }) => {
  if (shape.type !== 'object' || typeof value !== 'string') return null;
  const read = jsonIn(value);
  return isObject(read) ? { value: read } : null;
};

function canBeItem(given: Given): boolean {
  if (isFiller(given)) return true;
  const faults = new Map<string, string>();
  return hasType(readValue(given, '', faults), given.shape) && faults.size === 0;
}

// A text that only looks like JSON, such as "[INST] hello" among texts to embed, is an item.
const jsonList: Rule = (given) => {
  const { value, shape } = given;
  if (shape.type !== 'array' || typeof value !== 'string') return null;
  const read = jsonIn(value);
  return Array.isArray(read) && read.every((item) => canBeItem(itemOf(given, item))) ? { value: read } : null;
};

const oneItem: Rule = ({ value, shape }) =>
  shape.type === 'array' && !Array.isArray(value) ? { value: [value] } : null;

const numeral: Rule = ({ value, shape, name }) => {
  if ((shape.type !== 'number' && shape.type !== 'integer') || typeof value !== 'string') return null;
  const read = numberIn(value, name);
  return read === null ? { fault: numberRule(name) } : { value: read };
};

const booleanWord: Rule = ({ value, shape }) => {
  if (shape.type !== 'boolean' || typeof value !== 'string') return null;
  const word = value.trim().toLowerCase();
  return word === 'true' || word === 'false' ? { value: word === 'true' } : null;
};

const letterCase: Rule = ({ value, shape }) => {
  if (shape.enum === undefined || typeof value !== 'string' || shape.enum.includes(value)) return null;
  const word = value.trim().toLowerCase();
  const meant = shape.enum.find((one) => typeof one === 'string' && one.toLowerCase() === word);
  return meant === undefined ? null : { value: meant };
};

// Of a number with a fraction, a cipher may be lost already: 3.10 is 3.1 in JSON.
const numberAsText: Rule = ({ value, shape }) =>
  shape[NUMBER_MARK] === true && Number.isSafeInteger(value) ? { value: String(value) } : null;

const refForm: Rule = ({ value, shape }) => {
  const read = shape[REF_MARK] === true && typeof value === 'string' ? readRef(value) : null;
  return read === null ? null : { value: read };
};

const ALL_CLOUDS: ReadonlySet<string> = new Set(['all', 'any', '*']);

const allClouds: Rule = ({ value, shape, isOptional, isRead }) => {
  if (shape[CLOUD_MARK] !== true || typeof value !== 'string') return null;
  if (!ALL_CLOUDS.has(value.trim().toLowerCase())) return null;
  return isOptional && isRead ? { value: LEFT_OUT } : { fault: INPUT_SAYS.one_cloud };
};

/** The rules, in the order in which they are tried; the next one gets the value that one has read. */
const RULES: readonly Rule[] = [
  jsonObject,
  jsonList,
  oneItem,
  numeral,
  booleanWord,
  letterCase,
  numberAsText,
  refForm,
  allClouds,
];

/** The arguments as they were read, and the faults by the path of the value. */
interface ReadInput {
  args: Record<string, unknown>;
  faults: Map<string, string>;
}

function readValue(given: Given, path: string, faults: Map<string, string>): unknown {
  let { value } = given;
  for (const rule of RULES) {
    const read = rule({ ...given, value });
    if (read === null) continue;
    if ('fault' in read) {
      faults.set(path, read.fault);
      return value;
    }
    ({ value } = read);
  }
  if (Array.isArray(value)) return readList(given, value, path, faults);
  return isObject(value) ? readObject(given, value, path, faults) : value;
}

/** The list without fillers. One that must have an item and has none counts as not given. */
function readList(
  given: Given,
  list: readonly unknown[],
  path: string,
  faults: Map<string, string>,
): unknown {
  const items = list.flatMap((value, at): unknown[] => {
    const item = itemOf(given, value);
    return isFiller(item) ? [] : [readValue(item, `${path}.${at}`, faults)];
  });
  return items.length === 0 && given.shape.minItems !== undefined ? LEFT_OUT : items;
}

function readObject(
  { shape, isRead }: Pick<Given, 'shape' | 'isRead'>,
  given: Readonly<Record<string, unknown>>,
  path: string,
  faults: Map<string, string>,
): Record<string, unknown> {
  const { properties, required = [], additionalProperties } = shape;
  const read = Object.entries(given).flatMap(([name, value]): [string, unknown][] => {
    const at = path === '' ? name : `${path}.${name}`;
    if (properties === undefined) {
      // Each name of a map is the caller's own, so that none is left out.
      const one = { value, shape: inner(additionalProperties), name, isOptional: false, isRead };
      return [[name, readValue(one, at, faults)]];
    }
    const known = Object.hasOwn(properties, name) ? inner(properties[name]) : {};
    const one = { value, shape: known, name, isOptional: !required.includes(name), isRead };
    const found = isNotGiven(one) ? LEFT_OUT : readValue(one, at, faults);
    return found === LEFT_OUT ? [] : [[name, found]];
  });
  return Object.fromEntries(read);
}

const shapes = new WeakMap<z.ZodObject, Shape>();

/** The schema with the marks that only the rules need; a client does not see them. */
function shapeOf(schema: z.ZodObject): Shape {
  const shape =
    shapes.get(schema) ??
    z.toJSONSchema(schema, {
      io: 'input',
      target: 'draft-7',
      override({ zodSchema, jsonSchema }) {
        if (jsonSchema.type === 'string' && kindsNamedBy(zodSchema).length > 0) {
          Object.assign(jsonSchema, { [REF_MARK]: true, [NUMBER_MARK]: true });
        }
        if (minItemsOf(zodSchema) > 0) jsonSchema.minItems = minItemsOf(zodSchema);
        const { additionalProperties: values } = jsonSchema;
        if (isObject(values) && values.type === 'string') Object.assign(values, { [NUMBER_MARK]: true });
      },
    });
  shapes.set(schema, shape);
  return shape;
}

/** The names of input fields that do not exist because no configured cloud offers what they need. */
export const hiddenFields = (tool: Pick<Tool, 'only'>, clouds: readonly Cloud[]): string[] =>
  Object.entries(tool.only)
    .filter(([, offered]) => !clouds.some(offered))
    .map(([field]) => field);

/** The names of the arguments that a call must have. */
export const requiredOf = (schema: z.ZodObject): readonly string[] => shapeOf(schema).required ?? [];

/**
 * Reads arguments as models really send them into the form of the schema: JSON in a string, one item for a list, numerals
 * (with the argument's own unit), "true" and "false", any letter case, ids as numbers, URIs, fillers. A value that no rule
 * can read stays as it is; the schema refuses it, unless a fault here names the rule better. `isRead`: the tool only reads.
 */
export function readInput(
  schema: z.ZodObject,
  args: Readonly<Record<string, unknown>>,
  isRead: boolean,
): ReadInput {
  const faults = new Map<string, string>();
  return { args: readObject({ shape: shapeOf(schema), isRead }, args, '', faults), faults };
}
