import * as z from 'zod';
import { isSafeId } from '../../core/ref.ts';
import { clean } from '../../core/text.ts';

// Reading replies: strict about ids and shapes, lenient about everything a reply may leave out or spell otherwise.

/** An id that can stand in a path and in a ref; a number is taken as its digits. */
export const wireId = z
  .union([z.string(), z.number().int()])
  .transform(String)
  .refine((id) => isSafeId(id) && clean(id, 256) === id, 'not an id');

/** True for a JSON object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NUMERIC = /^-?\d+(\.\d+)?$/;

function textIn(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

function numberIn(value: unknown): number | null {
  const number = typeof value === 'string' && NUMERIC.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function amountIn(value: unknown): number | null {
  const number = numberIn(value);
  return number !== null && number >= 0 ? number : null;
}

const listOf =
  <T>(is: (item: unknown) => item is T) =>
  (value: unknown): T[] | null =>
    Array.isArray(value) && value.every(is) ? value : null;

// Plain functions, because a list of 500 pods has 12,500 fields.

/** Text; "" and anything that is not text read as null. */
export const wireText = z.transform(textIn);

/** A finite number or its decimal spelling, else null. */
export const wireNumber = z.transform(numberIn);

/** A number that cannot be negative (money, sizes, counts), else null. */
export const wireAmount = z.transform(amountIn);

/** True or false, else null. */
export const wireFlag = z.transform((value: unknown) => (typeof value === 'boolean' ? value : null));

/** A list of texts, else null. */
export const wireTexts = z.transform(listOf((item) => typeof item === 'string'));

/** A list of numbers, else null. */
export const wireNumbers = z.transform(listOf((item) => typeof item === 'number'));

/** The keys of a map; its values are dropped while parsing, so that nothing behind this point can show them. */
export const wireKeysOnly = z.transform((value: unknown) => (isRecord(value) ? Object.keys(value) : null));

const anything = z.unknown();

/** What every parsed row carries besides its fields: where the reply differed from the documents. */
export interface Drift {
  drift: string[];
}

const otherCase = (key: string): string =>
  key.includes('_')
    ? key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    : key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What a name in a reply can stand for: a documented field, the better the lower its rank (0 = its own name). */
interface Meaning {
  key: string;
  rank: number;
}

function meaningsOf(keys: readonly string[], aliases: Record<string, string[]>): Map<string, Meaning[]> {
  const meanings = new Map<string, Meaning[]>();
  for (const key of keys) {
    for (const [rank, name] of [key, otherCase(key), ...(aliases[key] ?? [])].entries()) {
      meanings.set(name, [...(meanings.get(name) ?? []), { key, rank }]);
    }
  }
  return meanings;
}

/** The fields of a raw object by their documented names, each with the name it came under. */
function canonical(raw: Record<string, unknown>, meanings: Map<string, Meaning[]>) {
  const found = new Map<string, { rank: number; name: string; value: unknown }>();
  for (const name of Object.keys(raw)) {
    const value = raw[name];
    if (value === undefined) continue;
    for (const { key, rank } of meanings.get(name) ?? []) {
      const before = found.get(key);
      if (before === undefined || rank < before.rank) found.set(key, { rank, name, value });
    }
  }
  return found;
}

/** Fails a transform without quoting the reply. */
export function refuse(ctx: z.RefinementCtx, message: string): never {
  ctx.addIssue({ code: 'custom', message });
  return z.NEVER;
}

/**
 * One object as an allow-list of fields. Other keys are dropped; a field of another type reads as null with a
 * drift note; snake_case and camelCase are both read, and so is each alias.
 */
export function row<S extends z.ZodRawShape>(
  shape: S,
  aliases: Record<string, string[]> = {},
): z.ZodType<z.output<z.ZodObject<S>> & Drift> {
  const schema = z.object(shape);
  const keys = Object.keys(shape);
  const meanings = meaningsOf(keys, aliases);
  const blank: Record<string, unknown> = Object.fromEntries(keys.map((key) => [key, null]));
  return anything.transform((raw, ctx) => {
    if (!isRecord(raw)) return refuse(ctx, 'not an object');
    const found = canonical(raw, meanings);
    const known = { ...blank };
    for (const [key, { value }] of found) known[key] = value;
    const parsed = schema.safeParse(known);
    if (!parsed.success) {
      return refuse(
        ctx,
        `fields missing or malformed: ${parsed.error.issues.map((i) => i.path.join('.')).join(', ')}`,
      );
    }
    const fields: Record<string, unknown> = parsed.data;
    const drift: string[] = [];
    for (const [key, { name, value }] of found) {
      if (name !== key) drift.push(`The reply calls ${key} "${name}".`);
      const lost = fields[key] === null && value !== null && value !== '';
      if (lost) drift.push(`The reply's ${key} has an unexpected form and is left out.`);
    }
    return Object.assign(parsed.data, { drift });
  });
}

/**
 * One object: under `name`, else under "data", else bare. `documented` is the form that the reference shows; another
 * one is a drift note.
 */
export function one<T extends Drift>(
  name: string,
  schema: z.ZodType<T>,
  documented: 'bare' | 'wrapped' = 'bare',
): z.ZodType<T> {
  return anything.transform((body, ctx) => {
    const isBare = isRecord(body) && ['id', 'uid'].some((key) => Object.hasOwn(body, key));
    const wrapper =
      isRecord(body) && !isBare ? [name, 'data'].find((key) => Object.hasOwn(body, key)) : undefined;
    const parsed = schema.safeParse(wrapper !== undefined && isRecord(body) ? body[wrapper] : body);
    if (!parsed.success) return refuse(ctx, `no ${name} in the reply`);
    if (wrapper !== (documented === 'wrapped' ? name : undefined)) {
      const form = wrapper === undefined ? 'does not wrap it' : `wraps it in "${wrapper}"`;
      parsed.data.drift.unshift(`The reply holds the ${name} in another form than documented: it ${form}.`);
    }
    return parsed.data;
  });
}

/**
 * A list: under the first of `names`, else under "data", else a bare array. Whatever else it is fails, and so
 * does an empty array beside a total above 0: an empty list is only ever what the cloud said.
 */
export function many<T extends Drift>(names: string[], schema: z.ZodType<T>): z.ZodType<T[]> {
  const list = z.array(schema);
  return anything.transform((body, ctx) => {
    const [documented = 'data'] = names;
    const key = isRecord(body) ? [...names, 'data'].find((name) => Object.hasOwn(body, name)) : undefined;
    const rows = isRecord(body) && key !== undefined ? body[key] : body;
    if (!Array.isArray(rows)) return refuse(ctx, `no list of ${documented} in the reply`);
    const parsed = list.safeParse(rows);
    if (!parsed.success) return refuse(ctx, `a row of ${documented} is not as documented`);
    const total = isRecord(body) && typeof body.total === 'number' ? body.total : rows.length;
    if (rows.length === 0 && total > 0) return refuse(ctx, `an empty list of ${documented} that claims rows`);
    const notes: string[] = [];
    if (key === undefined) notes.push('The reply is a bare list.');
    else if (key !== documented) notes.push(`The reply calls the list "${key}" instead of "${documented}".`);
    if (total > rows.length) notes.push(`The cloud counts ${total} ${documented} but sent ${rows.length}.`);
    for (const { drift } of parsed.data) drift.unshift(...notes);
    return parsed.data;
  });
}

/** A fine-tuning reply counts only where `success` is true (Volt API Reference, Fine-Tuning: every reply shows it). */
export function successful<T>(schema: z.ZodType<T>): z.ZodType<T> {
  return anything.transform((body, ctx) => {
    if (!isRecord(body) || body.success !== true) return refuse(ctx, 'the reply does not say success: true');
    const parsed = schema.safeParse(body);
    return parsed.success ? parsed.data : refuse(ctx, 'not as documented');
  });
}
