import type * as z from 'zod';
import type { Io } from '../../core/cloud.ts';
import { isObject } from '../../core/text.ts';
import type { BodySchema, Endpoint, Given, Request } from '../../outbound/send.ts';
import type { Drift, Listed } from '../shared.ts';

// Replies of Volt: keys in snake_case first, then the rows out of their wrapper, then each row by its schema.

/** The value of a reply, and how it differs from the documents: names of fields and states, no other values. */
export interface ReadReply<T> {
  value: T;
  drift: string[];
}

/** The documented form of a reply: wrapped in its name, with camelCase keys. `note` finds differences in a row's values. */
interface Form<T> {
  wrapped?: boolean;
  camel?: boolean;
  note?: (row: T) => string[];
}

/** Maps whose keys are the user's own. */
const MAPS: ReadonlySet<string> = new Set(['env_vars']);
const MAX_DEPTH = 5;

/** A longer key, which no document shows, is not converted. */
const MAX_KEY = 64;

const snakeKey = (key: string): string =>
  key.length > MAX_KEY
    ? key
    : key.replace(
        /([a-z0-9])([A-Z])/g,
        (_, before: string, letter: string) => `${before}_${letter.toLowerCase()}`,
      );

/**
 * A reply with its keys in snake_case, down to five levels; of two spellings of a key the snake_case one counts. The
 * keys that were changed are added to `renamed`.
 */
export function snakeKeys(value: unknown, renamed: Set<string> = new Set(), depth = MAX_DEPTH): unknown {
  if (depth === 0) return value;
  if (Array.isArray(value)) return value.map((item) => snakeKeys(item, renamed, depth - 1));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const name = snakeKey(key);
    if (name !== key && Object.hasOwn(value, name)) return [];
    if (name !== key) renamed.add(name);
    return [[name, MAPS.has(name) ? inner : snakeKeys(inner, renamed, depth - 1)]];
  });
  return Object.fromEntries(entries);
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** Differences between a row and the documents: fields of another type, without a time zone, or under another name. */
function differences(raw: unknown, row: object, renamed: ReadonlySet<string>): string[] {
  const given = isObject(raw) ? raw : {};
  return Object.entries(row).flatMap(([key, value]) => {
    if (value === null) {
      return isPresent(given[key]) ? [`${key} has an unexpected form and is left out`] : [];
    }
    if (isObject(value) && value.zoned === false) return [`${key} names no time zone and is read as UTC`];
    return renamed.has(key) || !Object.hasOwn(given, key) ? [`${key} has another name`] : [];
  });
}

type Parsed<T> = ReturnType<BodySchema<T>['safeParse']>;

const refused = (why: string): Parsed<never> => ({
  success: false,
  error: { message: why, issues: [{ path: [], code: why }] },
});

/** One object: under `name`, else under "data", else without a wrapper. */
export function one<T extends object>(
  name: string,
  schema: z.ZodType<T>,
  { wrapped = false, camel = false, note }: Form<T> = {},
): BodySchema<ReadReply<T>> {
  return {
    safeParse(body): Parsed<ReadReply<T>> {
      const renamed = new Set<string>();
      const reply = snakeKeys(body, renamed);
      const outer = isObject(reply) ? reply : {};
      const isBare = ['id', 'uid'].some((key) => Object.hasOwn(outer, key));
      const wrapper = isBare ? undefined : [name, 'data'].find((key) => Object.hasOwn(outer, key));
      const raw = wrapper === undefined ? reply : outer[wrapper];
      const row = schema.safeParse(raw);
      if (!row.success) return row;
      const drift = differences(raw, row.data, camel ? new Set() : renamed);
      if (wrapper !== (wrapped ? name : undefined)) {
        drift.push(`the ${name} ${wrapper === undefined ? 'is not wrapped' : `is wrapped in "${wrapper}"`}`);
      }
      return { success: true, data: { value: row.data, drift: [...drift, ...(note?.(row.data) ?? [])] } };
    },
  };
}

/**
 * A list: under the first of `names`, else under "data", else a plain array. Anything else fails, and so
 * does an empty array with a total above 0: a list is empty only if the cloud reports that.
 */
export function many<T extends object>(
  names: readonly [string, ...string[]],
  schema: z.ZodType<T>,
  { camel = false, note }: Form<T> = {},
): BodySchema<ReadReply<Listed<T>>> {
  const [documented] = names;
  return {
    safeParse(body): Parsed<ReadReply<Listed<T>>> {
      const renamed = new Set<string>();
      const reply = snakeKeys(body, renamed);
      const outer = isObject(reply) ? reply : {};
      const key = [...names, 'data'].find((name) => Object.hasOwn(outer, name));
      const raw = key === undefined ? reply : outer[key];
      if (!Array.isArray(raw)) return refused(`no list of ${documented}`);
      const total = typeof outer.total === 'number' ? outer.total : raw.length;
      if (raw.length === 0 && total > 0)
        return refused(`an empty list of ${documented} with a total above 0`);
      const drift = new Set<string>();
      if (key === undefined) drift.add('the list is bare');
      else if (key !== documented) drift.add(`the list is called "${key}" instead of "${documented}"`);
      if (total > raw.length) drift.add('the list is shorter than its total');
      const rows: T[] = [];
      const spellings: ReadonlySet<string> = camel ? new Set() : renamed;
      for (const item of raw) {
        const row = schema.safeParse(item);
        if (!row.success) return refused(`a row of ${documented} is not as documented`);
        rows.push(row.data);
        for (const difference of differences(item, row.data, spellings)) drift.add(difference);
        for (const difference of note?.(row.data) ?? []) drift.add(difference);
      }
      const unlisted = Math.max(0, total - rows.length);
      return { success: true, data: { value: { rows, unlisted }, drift: [...drift] } };
    },
  };
}

/** A fine-tuning reply counts only if `success` is true (Volt API Reference, Fine-Tuning: every reply shows it). */
export const successful = <T>(schema: BodySchema<T>): BodySchema<T> => ({
  safeParse: (body) =>
    isObject(body) && body.success === true ? schema.safeParse(body) : refused('success is not true'),
});

/** Sends one call and returns the value of its reply. @throws GpuError */
export type VoltRequest = <T>(endpoint: Endpoint<ReadReply<T>>, io: Io, given?: Given) => Promise<T>;

/** Requests over the stack; `drift` notes how a reply differs from the documents. */
export const notingDrift =
  (request: Request, drift: Drift): VoltRequest =>
  async (endpoint, io, given) => {
    const { value, drift: differences } = await request(endpoint, io, given);
    drift.note(endpoint, differences);
    return value;
  };
