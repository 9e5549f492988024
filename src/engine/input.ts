import * as z from 'zod';
import { isObject } from './rpc.ts';

/** The unit of an argument, by the end of its name, and its spellings before and after the number. */
interface Unit {
  name: RegExp;
  before: RegExp | null;
  after: RegExp;
  /** For the message: the unit in words, and a number with it. */
  words: string;
  example: string;
}

const PER_HOUR = '(?:\\s*(?:/|per )\\s*(?:gpu\\s*(?:/|-|per )?\\s*)?(?:h|hr|hour))?';

const UNITS: readonly Unit[] = [
  {
    name: /usd_per_(?:gpu_)?hour$/,
    before: /^(?:\$|usd)\s*/i,
    after: new RegExp(`\\s*(?:\\$|usd)?${PER_HOUR}$`, 'i'),
    words: 'US dollars an hour',
    example: '2.5 or "$2.5"',
  },
  {
    name: /usd$/,
    before: /^(?:\$|usd)\s*/i,
    after: /\s*(?:\$|usd)?$/i,
    words: 'US dollars',
    example: '40 or "$40"',
  },
  { name: /hours$/, before: null, after: /\s*(?:h|hrs?|hours?)$/i, words: 'hours', example: '2 or "2h"' },
  { name: /_gb$/, before: null, after: /\s*gb$/i, words: 'GB', example: '80 or "80GB"' },
  {
    name: /_seconds$/,
    before: null,
    after: /\s*(?:s|secs?|seconds?)$/i,
    words: 'seconds',
    example: '60 or "60s"',
  },
  { name: /gpus$|^gpu_count$/, before: null, after: /\s*gpus?$/i, words: 'GPUs', example: '2 or "2 GPUs"' },
];

const NUMERAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i;
const MAX_LENGTH = 40;

/** The number in a text for the argument `name`: a plain numeral, alone or with the argument's own unit; null if there is none. */
function numberIn(text: string, name: string): number | null {
  if (text.length > MAX_LENGTH) return null;
  const unit = UNITS.find((one) => one.name.test(name));
  let numeral = text.trim();
  if (unit !== undefined) numeral = numeral.replace(unit.before ?? /^(?!)/, '').replace(unit.after, '');
  return NUMERAL.test(numeral) ? Number(numeral) : null;
}

/** The rule for an argument that must be a number. */
function numberRule(name: string): string {
  const unit = UNITS.find((one) => one.name.test(name));
  return unit === undefined
    ? 'needed as a plain number, such as 20, without separators'
    : `needed as a plain number of ${unit.words}, such as ${unit.example}, without separators and in no other unit`;
}

/** A text for the argument `name`, without its unit if it is a number of one; or the rule that it breaks. */
export function amountIn(text: string, name: string): { text: string } | { fault: string } {
  if (!UNITS.some((unit) => unit.name.test(name))) return { text };
  const read = numberIn(text, name);
  return read === null ? { fault: numberRule(name) } : { text: String(read) };
}

/** A JSON schema of an input, as far as it decides how a value is read. */
type Shape = z.core.JSONSchema.JSONSchema;

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
}

/** Reads a value that has another form than the schema's; null if the rule does not apply. */
type Rule = (given: Given) => { value: unknown } | { fault: string } | null;

const inner = (shape: unknown): Shape => (isObject(shape) ? (shape as Shape) : {});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether a value has the JSON type of a shape. */
function hasType(value: unknown, { type }: Shape): boolean {
  if (type === undefined) return true;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return typeof value === (type === 'integer' ? 'number' : type);
}

const jsonObject: Rule = ({ value, shape }) => {
  if (shape.type !== 'object' || typeof value !== 'string') return null;
  const read = parsed(value);
  return isObject(read) ? { value: read } : null;
};

// A text that only looks like JSON, such as "[INST] hello" among texts to embed, is an item.
const jsonList: Rule = ({ value, shape }) => {
  if (shape.type !== 'array' || typeof value !== 'string') return null;
  const read = parsed(value);
  return Array.isArray(read) && read.every((item) => hasType(item, inner(shape.items)))
    ? { value: read }
    : null;
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

/** The rules, in the order in which they are tried; the next one gets the value that one has read. */
const RULES: readonly Rule[] = [jsonObject, jsonList, oneItem, numeral, booleanWord, letterCase];

/** The arguments as they were read, and the faults by the path of the value. */
export interface ReadInput {
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
  const { shape, name } = given;
  if (Array.isArray(value)) {
    const item = inner(shape.items);
    return value.map((one, at) => readValue({ value: one, shape: item, name }, `${path}.${at}`, faults));
  }
  if (isObject(value) && shape.properties !== undefined) {
    return readObject(value, shape, path, faults);
  }
  return value;
}

function readObject(
  given: Readonly<Record<string, unknown>>,
  { properties = {} }: Shape,
  path: string,
  faults: Map<string, string>,
): Record<string, unknown> {
  const read = Object.entries(given).map(([name, value]): [string, unknown] => {
    const shape = Object.hasOwn(properties, name) ? inner(properties[name]) : {};
    return [name, readValue({ value, shape, name }, path === '' ? name : `${path}.${name}`, faults)];
  });
  return Object.fromEntries(read);
}

const shapes = new WeakMap<z.ZodObject, Shape>();

function shapeOf(schema: z.ZodObject): Shape {
  const shape = shapes.get(schema) ?? z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  shapes.set(schema, shape);
  return shape;
}

/** The names of the arguments that a call must have. */
export const requiredOf = (schema: z.ZodObject): readonly string[] => shapeOf(schema).required ?? [];

/**
 * Reads arguments as models really send them into the form of the schema: JSON in a string, one item for a list, numerals
 * (with the argument's own unit), "true" and "false", any letter case. A value that no rule can read stays as it is; the
 * schema refuses it, unless a fault here names the rule better.
 */
export function readInput(schema: z.ZodObject, args: Readonly<Record<string, unknown>>): ReadInput {
  const faults = new Map<string, string>();
  return { args: readObject(args, shapeOf(schema), '', faults), faults };
}
