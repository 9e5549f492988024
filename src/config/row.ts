import type * as z from 'zod';

/** What the program and its documentation know of a setting, in addition to its type. */
interface About {
  /** Secrets have none: flags show in lists of processes. */
  flag?: string;
  /** What follows the flag in the help; left out for a switch. In [brackets] it may be left out. */
  value?: string;
  default?: string;
  meaning: string;
  /** The value is never shown, and hidden in every text. */
  secret?: true;
  /** It neither limits nor protects anything, nor places state: a client's unresolved reference counts as not set. */
  harmless?: true;
  /** Nothing uses it yet: it is refused, and no documentation names it. */
  planned?: true;
}

/** One row of the table of settings. */
export interface Row<V extends string = string, T extends z.ZodType = z.ZodType> extends About {
  variable: V;
  type: T;
}

/** A setting as README, help and pages show it. */
export interface Setting {
  variable: string;
  flag: string | null;
  value: string | null;
  default: string | null;
  meaning: string;
  secret?: true;
  harmless?: true;
  planned?: true;
}

/** A row with its own type kept. */
export const row = <const V extends string, T extends z.ZodType>(
  variable: V,
  type: T,
  about: About,
): Row<V, T> => ({ variable, type, ...about });
