import * as z from 'zod';
import type { Io } from '../core/cloud.ts';
import { type ErrorCode, type ErrorFacts, GpuError, isCode } from '../core/errors.ts';
import type { Log } from '../core/live.ts';
import { type CloudId, formatRef, type Kind, LISTED_BY } from '../core/ref.ts';
import { clean, quote } from '../core/text.ts';
import { hintFor } from '../outbound/replies.ts';
import type { BodySchema, Endpoint } from '../outbound/send.ts';
import { CHECK_CONSOLE, cutShort, ERRORS } from './notes.ts';

// Fields of a reply: one that is missing, null, empty or of another type is null.

const NUMBER = /^\s*\$?\s*(-?(?:\d{1,3}(?:,\d{3})+|\d*)(?:\.\d+)?)\s*(?:hours?)?\s*$/i;
// No amount is longer, and the pattern above would take hours for a long text of white space.
const MAX_NUMBER = 64;

/**
 * A number out of `28`, `"28"`, `"$1,234.5000"` or `"0.0000 hours"` (Nebula Block API Reference, User Instance
 * Detail). Anything else, `""` among it, is null: never NaN, never 0. Commas count only between groups of three.
 */
export function toNum(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value.length > MAX_NUMBER) return null;
  const digits = NUMBER.exec(value)?.[1];
  if (digits === undefined || !/\d/.test(digits)) return null;
  const number = Number(digits.replaceAll(',', ''));
  return Number.isFinite(number) ? number : null;
}

/** `toNum`, but null for a negative figure: as a price it would lower a sum that is checked against limits. */
export function toAmount(value: unknown): number | null {
  const number = toNum(value);
  return number === null || number < 0 ? null : number;
}

/** A number in any documented form, or null. */
export const num = z.preprocess(toNum, z.number().nullable());

/** A number that cannot be negative (money, sizes, counts), or null. */
export const amount = z.preprocess(toAmount, z.number().nullable());

/** True, false, or null for all else. */
export const flag = z.preprocess(
  (value) => (typeof value === 'boolean' ? value : null),
  z.boolean().nullable(),
);

/** Text safe to show, at most `max` characters; a number becomes its digits, `""` and all else null. */
export const text = (max = 200) =>
  z.preprocess((value) => {
    if (typeof value === 'number' && Number.isFinite(value)) return String(value);
    return typeof value === 'string' ? clean(value, max) || null : null;
  }, z.string().nullable());

// For the adapters of all clouds: endpoints, errors with a next step, and notes of replies that differ from the documents.

/** An endpoint that only reads: its requests may be repeated. */
export const read = <T>(path: string, response: BodySchema<T>): Endpoint<T> => ({
  method: 'GET',
  path,
  repeatable: true,
  response,
});

/** An endpoint that changes something: each request is sent once, and only with the gate's permit. */
export const write = <T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  response: BodySchema<T>,
): Endpoint<T> => ({ method, path, repeatable: false, response });

/** One thing wrong with a request: the field as the tools name it, why, and the tool that supplies a good value. */
export interface Problem {
  field: string;
  why: string;
  tool?: string;
}

/** True if the caller filled the field in. */
export const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);

/** A problem, or none: for a list of problems. */
export const problemIf = (isWrong: boolean, field: string, why: string, tool?: string): Problem[] =>
  isWrong ? [tool === undefined ? { field, why } : { field, why, tool }] : [];

/** A problem for each of the fields that is missing; `tools` supply good values. */
export const missing = (fields: Record<string, unknown>, why: string, tools: Record<string, string> = {}) =>
  Object.entries(fields).flatMap(([field, value]) => problemIf(!isGiven(value), field, why, tools[field]));

/** A problem for each of the fields that is filled in and must not be. */
export const surplus = (fields: Record<string, unknown>, why: string) =>
  Object.entries(fields).flatMap(([field, value]) => problemIf(isGiven(value), field, why));

/** The rows of a list; `unlisted`: how many more the cloud counts than it sent. */
export interface Listed<T> {
  rows: T[];
  unlisted: number;
}

/** The errors that the adapter of a cloud raises itself. Each names the cloud and the next step. */
export function errorsOf(cloud: CloudId, title: string) {
  /** An error of this cloud; `hint` defaults to the usual next step for the code. */
  const fail = (code: ErrorCode, message: string, facts: ErrorFacts = {}): GpuError =>
    new GpuError(code, message, { hint: hintFor(code), ...facts, cloud });

  /** The error for a thing that the cloud does not show; `why`: the cloud's own message. */
  const notFound = (kind: Kind, id: string, why: string, cause?: unknown): GpuError =>
    fail('not_found', ERRORS.not_found(formatRef(cloud, kind, id), why), {
      hint: ERRORS.not_found_next(LISTED_BY[kind]),
      cause,
    });

  /** The sentence about a list that is shorter than its total; null if it is whole. @throws GpuError if it is read for the gate: what is missing may cost money */
  const incomplete = (io: Io, { unlisted }: Listed<unknown>, noun: string): string | null => {
    if (unlisted === 0) return null;
    const sentence = cutShort(title, unlisted, noun);
    if (io.purpose === 'gate') throw fail('unexpected_response', sentence, { hint: CHECK_CONSOLE });
    return sentence;
  };

  return {
    fail,
    notFound,
    incomplete,

    /** The rows of a list. @throws GpuError as `incomplete` */
    rowsOf<T>(io: Io, listed: Listed<T>, noun: string): T[] {
      incomplete(io, listed, noun);
      return listed.rows;
    },

    /** Waits for `work`; a `not_found` becomes one that names the ref and the tool that lists what exists. */
    async withNotFound<T>(kind: Kind, id: string, work: Promise<T>): Promise<T> {
      try {
        return await work;
      } catch (error) {
        if (!isCode(error, 'not_found')) throw error;
        throw notFound(kind, id, error.message, error);
      }
    },

    /** The error for a reply about another thing than the requested one: no plan may use it. */
    wrongId: (kind: Kind, asked: string, answered: string): GpuError =>
      fail('unexpected_response', ERRORS.wrong_id(title, formatRef(cloud, kind, asked), quote(answered)), {
        hint: ERRORS.wrong_id_next(LISTED_BY[kind]),
      }),

    /** @throws GpuError `invalid_input` naming all problems of a request, if there are any. */
    refuseProblems(problems: readonly Problem[], what: string): void {
      if (problems.length === 0) return;
      const lines = problems.map(
        ({ field, why, tool }) =>
          `${field}: ${why.replace(/\.$/, '')}${tool === undefined ? '' : ` (${tool})`}.`,
      );
      const tools = [...new Set(problems.flatMap(({ tool }) => tool ?? []))];
      throw fail('invalid_input', `${what} ${lines.join(' ')}`, { hint: ERRORS.wrong_fields_next(tools) });
    },
  };
}

const MAX_NOTES = 200;

/** Differences between replies and the documents: names of fields and states, never other values. */
export interface Drift {
  note(endpoint: Endpoint<unknown>, differences: readonly string[]): void;
  list(): string[];
}

/** Notes each difference once, in the log and for `list`. */
export function createDrift(cloud: CloudId, log: Log): Drift {
  const seen = new Set<string>();
  return {
    note({ method, path }, differences) {
      for (const difference of differences) {
        const line = `${method} ${path}: ${difference}`;
        if (seen.has(line) || seen.size >= MAX_NOTES) continue;
        seen.add(line);
        log({ level: 'warn', msg: 'reply differs from the documents', cloud, route: path, difference });
      }
    },
    list: () => [...seen],
  };
}
