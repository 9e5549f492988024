import type { BodyFault, BodySchema } from '../../outbound/send.ts';
import { isRecord, type Reader, WRONG } from './fields.ts';

// Reading replies: strict about ids and shapes, lenient about everything a reply may leave out or spell otherwise.

/** What every parsed row carries besides its fields: where the reply differed from the documents. */
export interface Drift {
  drift: string[];
}

/** The fields of a row, each with its reader. */
export type Shape = Readonly<Record<string, Reader<unknown>>>;

/** A parsed row of this shape. */
export type Row<S extends Shape> = { [K in keyof S]: Exclude<ReturnType<S[K]>, typeof WRONG> } & Drift;

const otherCase = (key: string): string =>
  key.includes('_')
    ? key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    : key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The names under which a reply may have a field, the best first. */
const namesOf = (key: string, aliases: readonly string[]): string[] => [
  ...new Set([key, otherCase(key), ...aliases]),
];

/** What a name in a reply can stand for: the field at this place; `better` are the names that it gives way to. */
interface Meaning {
  at: number;
  better: readonly string[];
}

function meaningsOf(keys: readonly string[], aliases: Record<string, string[]>): Map<string, Meaning[]> {
  const meanings = new Map<string, Meaning[]>();
  for (const [at, key] of keys.entries()) {
    const names = namesOf(key, aliases[key] ?? []);
    for (const [rank, name] of names.entries()) {
      meanings.set(name, [...(meanings.get(name) ?? []), { at, better: names.slice(0, rank) }]);
    }
  }
  return meanings;
}

/** Why a part of a reply is not what it should be; never quotes the reply. */
export interface Wrong {
  wrong: string;
}

/** Reads one row, whole. A plain function: a schema would cost as much again for each of hundreds of rows. */
export type RowReader<T> = (raw: unknown) => T | Wrong;

const isWrong = (read: object): read is Wrong => 'wrong' in read;

const refused = (wrong: string): { success: false; error: BodyFault } => ({
  success: false,
  error: { message: wrong, issues: [{ path: [], code: wrong }] },
});

/** A schema of plain functions: zod's would cost as much as all the rest for a list of hundreds of rows. */
export const schemaOf = <T extends object>(read: (body: unknown) => T | Wrong): BodySchema<T> => ({
  safeParse(body) {
    const found = read(body);
    return isWrong(found) ? refused(found.wrong) : { success: true, data: found };
  },
});

/**
 * Reads one object as an allow-list of fields. Other keys are dropped; a field of another type reads as null with a
 * drift note; snake_case and camelCase are both read, and so is each alias.
 */
export function row<S extends Shape>(shape: S, aliases: Record<string, string[]> = {}): RowReader<Row<S>> {
  const keys = Object.keys(shape);
  const readers = Object.values(shape);
  const meanings = meaningsOf(keys, aliases);
  const needed = keys.filter((key) => shape[key]?.(null) === WRONG);
  // As JSON, because V8 copies what JSON.parse made ten times as fast as what was put together field by field.
  const blank: Record<string, unknown> = JSON.parse(
    JSON.stringify({ ...Object.fromEntries(keys.map((key) => [key, null])), drift: null }),
  );
  return (raw) => {
    if (!isRecord(raw)) return { wrong: 'not an object' };
    const out = { ...blank };
    const drift: string[] = [];
    for (const name of Object.keys(raw)) {
      const value = raw[name];
      const meant = value === undefined ? undefined : meanings.get(name);
      if (meant === undefined) continue;
      for (const { at, better } of meant) {
        if (better.some((other) => raw[other] !== undefined)) continue;
        const key = keys[at] ?? '';
        const field = readers[at]?.(value);
        if (field === WRONG) return { wrong: `${key} is malformed` };
        out[key] = field;
        if (name !== key) drift.push(`The reply calls ${key} "${name}".`);
        const lost = field === null && value !== null && value !== '';
        if (lost) drift.push(`The reply's ${key} has an unexpected form and is left out.`);
      }
    }
    const missing = needed.find((key) => out[key] === null);
    if (missing !== undefined) return { wrong: `${missing} is missing` };
    out.drift = drift;
    // Every key of the shape has been read by its own reader.
    return out as Row<S>;
  };
}

/**
 * One object: under `name`, else under "data", else bare. `documented` is the form that the reference shows; another
 * one is a drift note.
 */
export function one<T extends Drift>(
  name: string,
  read: RowReader<T>,
  documented: 'bare' | 'wrapped' = 'bare',
): BodySchema<T> {
  return schemaOf((body) => {
    const isBare = isRecord(body) && ['id', 'uid'].some((key) => Object.hasOwn(body, key));
    const wrapper =
      isRecord(body) && !isBare ? [name, 'data'].find((key) => Object.hasOwn(body, key)) : undefined;
    const found = read(wrapper !== undefined && isRecord(body) ? body[wrapper] : body);
    if (isWrong(found)) return { wrong: `no ${name} in the reply` };
    if (wrapper !== (documented === 'wrapped' ? name : undefined)) {
      const form = wrapper === undefined ? 'does not wrap it' : `wraps it in "${wrapper}"`;
      found.drift.unshift(`The reply holds the ${name} in another form than documented: it ${form}.`);
    }
    return found;
  });
}

/** The rows of a list, still raw, and what is to be noted of the reply's form. */
function rowsIn(
  names: string[],
  body: unknown,
): { rows: unknown[]; notes: string[]; missing: number } | Wrong {
  const [documented = 'data'] = names;
  const key = isRecord(body) ? [...names, 'data'].find((name) => Object.hasOwn(body, name)) : undefined;
  const rows: unknown = isRecord(body) && key !== undefined ? body[key] : body;
  if (!Array.isArray(rows)) return { wrong: `no list of ${documented} in the reply` };
  const total = isRecord(body) && typeof body.total === 'number' ? body.total : rows.length;
  if (rows.length === 0 && total > 0) return { wrong: `an empty list of ${documented} that claims rows` };
  const notes: string[] = [];
  if (key === undefined) notes.push('The reply is a bare list.');
  else if (key !== documented) notes.push(`The reply calls the list "${key}" instead of "${documented}".`);
  if (total > rows.length) notes.push(`The cloud counts ${total} ${documented} but sent ${rows.length}.`);
  return { rows, notes, missing: Math.max(0, total - rows.length) };
}

/** The rows of a list, and how many more the cloud counts than it sent. */
export interface Counted<T> {
  rows: T[];
  missing: number;
}

/**
 * A list: under the first of `names`, else under "data", else a bare array. Whatever else it is fails, and so
 * does an empty array beside a total above 0: an empty list is only ever what the cloud said.
 */
export function counted<T extends Drift>(names: string[], read: RowReader<T>): BodySchema<Counted<T>> {
  return schemaOf((body) => {
    const found = rowsIn(names, body);
    if (isWrong(found)) return found;
    const rows: T[] = [];
    for (const raw of found.rows) {
      const row = read(raw);
      if (isWrong(row)) return { wrong: `a row of ${names[0]} is not as documented` };
      row.drift.unshift(...found.notes);
      rows.push(row);
    }
    return { rows, missing: found.missing };
  });
}

/** The rows of such a list alone. */
export function many<T extends Drift>(names: string[], read: RowReader<T>): BodySchema<T[]> {
  const list = counted(names, read);
  return {
    safeParse(body) {
      const found = list.safeParse(body);
      return found.success ? { success: true, data: found.data.rows } : found;
    },
  };
}

/** A fine-tuning reply counts only where `success` is true (Volt API Reference, Fine-Tuning: every reply shows it). */
export const successful = <T extends object>(schema: BodySchema<T>): BodySchema<T> => ({
  safeParse(body) {
    return isRecord(body) && body.success === true
      ? schema.safeParse(body)
      : refused('it does not say success: true');
  },
});
