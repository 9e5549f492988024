import * as z from 'zod';
import type { Cloud, Io } from '../core/cloud.ts';
import type { ToolContext } from '../core/context.ts';
import { hasFeature } from '../core/features.ts';
import { cloudErrorSchema, cut, errorLines, fitting, gather, MAX_ROWS_CHARACTERS } from '../core/list.ts';
import { cloudIdSchema } from '../core/model.ts';
import { listWarnings, MAX_WIDE, type RowFields, rowsOf, shownTo } from '../core/shown.ts';
import { type Cell, clean, countLine, table } from '../core/text.ts';
import { sentences } from './fields.ts';
import { type Common, defineTool, type Tool } from './tool.ts';

/** The common inputs of all list tools. */
const pageSchema = z.object({
  cloud: cloudIdSchema.optional(),
  limit: z.number(),
  cursor: z.string().optional(),
});

const envelope = {
  total: z.number(),
  next_cursor: z.string().nullable(),
  errors: z.array(cloudErrorSchema).optional(),
  /** The next step, as in the text. */
  next: z.string().optional(),
};
const envelopeSchema = z.object(envelope);

const isEmpty = (cell: Cell): boolean => cell === null || cell === undefined || cell === '';

const narrowing = (filters: readonly string[]): string =>
  filters.length === 0 ? '' : ` ${filters.join(', ')} narrow it down.`;

/** What a list can be narrowed down by: the value of a row, by the name of the filter. */
type Offered<T> = Readonly<Record<string, (row: T) => Cell>>;

/** Max. values of one filter in the text. */
const MAX_NAMED = 24;

const inOrder = (a: Cell, b: Cell): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));

/** The values of all rows, each once, in order. */
function valuesOf<T>(rows: readonly T[], read: (row: T) => Cell): string {
  const values = [...new Set(rows.map(read))].filter(
    (value) => value !== null && value !== undefined && value !== '',
  );
  const named = values.toSorted(inOrder).slice(0, MAX_NAMED);
  const more = values.length - named.length;
  return `${named.map((value) => clean(String(value), 80)).join(', ') || 'none'}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * The text if there are rows and filters leave none: what the given filters could name. Null if there are no rows, or if
 * no filter was given that has values to name.
 */
function noneFits<T>(
  noun: string,
  rows: readonly T[],
  input: Readonly<Record<string, unknown>>,
  offered: Offered<T>,
): string | null {
  const given = Object.entries(offered).filter(([filter]) => input[filter] !== undefined);
  if (rows.length === 0 || given.length === 0) return null;
  const lines = given.map(([filter, read]) => `${filter} here: ${valuesOf(rows, read)}.`);
  return [`No ${noun} fits.`, ...lines, 'Drop or change a filter.'].join(' ');
}

/** The output of a list: the rows under their plural, the total before the cut, the next page's cursor, failed clouds. */
const listOutput = <K extends string, T extends z.ZodType>(plural: K, row: T) =>
  z.object({ ...({ [plural]: z.array(row) } as Record<K, z.ZodArray<T>>), ...envelope });

/** A tool that lists things of one kind on all clouds that have them. Its input holds `pageFields`. */
interface ListSpec<I extends z.ZodObject, T extends z.ZodObject>
  extends Omit<Common<I, z.ZodObject>, 'output' | 'text'> {
  /** The name of the field that holds the rows, and of one row in a sentence. */
  plural: string;
  noun: string;
  row: T;
  /** Narrows the clouds further, by the input. */
  able?: (cloud: Cloud, input: z.infer<I>) => boolean;
  /** The rows of one cloud. `note` adds a sentence about all of them. */
  read: (
    cloud: Cloud,
    io: Io,
    input: z.infer<I>,
    note: (sentence: string) => void,
  ) => Promise<z.infer<T>[]> | undefined;
  /** Adds to the rows what only this server knows. */
  complete?: (rows: z.infer<T>[], ctx: ToolContext) => Promise<z.infer<T>[]>;
  /**
   * The test of a wanted row. Throws at once for a filter without a meaning; what the filter depends on is read at the
   * same time as the rows.
   */
  fits?: (input: z.infer<I>, ctx: ToolContext) => Fits<T> | Promise<Fits<T>>;
  order?: (a: z.infer<T>, b: z.infer<T>, input: z.infer<I>) => number;
  /** The table for a model: a heading and the cell under it. */
  columns: Readonly<Record<string, (row: z.infer<T>) => Cell>>;
  /** More columns if there are five rows or fewer. */
  wide?: Readonly<Record<string, (row: z.infer<T>) => Cell>>;
  /** The fields that the columns show. Left out: all. */
  fields?: RowFields<z.infer<T>>;
  /** What a filter can name: shown if the filters leave nothing. */
  offered?: Offered<z.infer<T>>;
  /** The text if there is nothing; `all` = the rows before the filters. */
  empty: string | ((all: readonly z.infer<T>[], input: z.infer<I>) => string);
  /** A sentence about what the filters left out; null = none. */
  also?: (all: readonly z.infer<T>[], input: z.infer<I>) => string | null;
}
/** Inputs of a list that narrow nothing down. */
const NO_FILTER: ReadonlySet<string> = new Set(['limit', 'cursor', 'sort', 'available_only', 'deleted']);

const warnedSchema = z.object({ ref: z.string(), warnings: z.array(z.string()) });

/** The warnings of the rows, each with the refs of its rows. */
function warningLines(rows: readonly unknown[]): string[] {
  const refs = new Map<string, string[]>();
  for (const row of rows) {
    const { data } = warnedSchema.safeParse(row);
    for (const warning of listWarnings(data?.warnings ?? []))
      refs.set(warning, [...(refs.get(warning) ?? []), data?.ref ?? '']);
  }
  return [...refs].map(([warning, warned]) => `! ${warned.join(', ')}: ${warning}`);
}

type Fits<T extends z.ZodObject> = (row: z.infer<T>) => boolean;

/** Turns the declaration of a list into a tool: gather, filter, sort, cut, table. */
export function listTool<I extends z.ZodObject, T extends z.ZodObject>(spec: ListSpec<I, T>): Tool {
  const { plural, noun, row, able, read, complete, fits, order, columns, wide = {}, fields, ...more } = spec;
  const { offered = {}, empty, also = () => null, ...common } = more;
  const { needs } = common;
  const rowsSchema = z.array(row);
  const output: z.ZodObject = listOutput(plural, row);
  const filters = Object.keys(spec.input.shape).filter((name) => !NO_FILTER.has(name));
  const tableOf = (rows: readonly z.infer<T>[]): string => {
    // Of the additional columns, empty ones are left out.
    const filled = Object.entries(wide).filter(([, cell]) => rows.some((one) => !isEmpty(cell(one))));
    const shownColumns = rows.length <= MAX_WIDE ? { ...columns, ...Object.fromEntries(filled) } : columns;
    const cells = rows.map((one) => Object.values(shownColumns).map((cell) => cell(one)));
    return [table(Object.keys(shownColumns), cells), ...warningLines(rows)].join('\n');
  };
  const shownRows = (rows: readonly z.infer<T>[]): object =>
    fields === undefined ? rows : rowsOf(rows, fields);
  return defineTool({
    ...common,
    effect: 'read',
    output,
    async run(input, ctx) {
      const page = pageSchema.parse(input);
      const reading = fits?.(input, ctx) ?? (() => true);
      const isAble = (cloud: Cloud): boolean =>
        (needs === undefined || hasFeature(cloud, needs)) && (able?.(cloud, input) ?? true);
      const notes: string[] = [];
      const note = (sentence: string) => void notes.push(sentence);
      const [isWanted, { rows, errors }] = await Promise.all([
        reading,
        gather(ctx, page.cloud, isAble, async (cloud) => (await read(cloud, ctx.io, input, note)) ?? []),
      ]);
      const whole = (await complete?.(rows, ctx)) ?? rows;
      const wanted = whole.filter(isWanted);
      if (order !== undefined) wanted.sort((a, b) => order(a, b, input));
      const room = MAX_ROWS_CHARACTERS - (await ctx.spending.noticeCharacters());
      const limit = fitting(cut(wanted, page).rows, room, (part) =>
        Math.max(
          tableOf(part).length,
          ctx.results === 'text' ? 0 : JSON.stringify(shownTo({ [plural]: shownRows(part) })).length,
        ),
      );
      const { rows: cutRows, total, next_cursor } = cut(wanted, { ...page, limit });
      const more = next_cursor === null ? null : `Next page: cursor="${next_cursor}".${narrowing(filters)}`;
      const nothing = () => (typeof empty === 'string' ? empty : empty(rows, input));
      const none = total > 0 ? null : (noneFits(noun, whole, input, offered) ?? nothing());
      const next = sentences(none ?? more, also(rows, input), ...notes);
      return {
        [plural]: cutRows,
        total,
        next_cursor,
        ...(errors.length > 0 && { errors }),
        ...(next !== '' && { next }),
      };
    },
    shown: (listed) => shownTo({ ...listed, [plural]: shownRows(rowsSchema.parse(listed[plural])) }),
    text: (listed) => {
      const { total, errors, next } = envelopeSchema.parse(listed);
      if (total === 0) return `${next ?? ''}${errorLines(errors)}`;
      const rows = rowsSchema.parse(Object.entries(listed).find(([name]) => name === plural)?.[1]);
      const lines = [tableOf(rows), countLine(rows.length, total, noun, next ?? null)];
      return lines.join('\n') + errorLines(errors);
    },
  });
}
