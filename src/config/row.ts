import type * as z from 'zod';

/** A setting as the program, README, help and documentation use it. */
export interface Setting {
  variable: string;
  /** Null for secrets, because process lists show flags. */
  flag: string | null;
  /** The value in the help: null for a switch, in [brackets] if it is optional. */
  value: string | null;
  default: string | null;
  meaning: string;
  /** The value is a secret: never shown, and redacted everywhere. */
  secret?: true;
  /** It neither limits nor protects anything, nor places state: an unresolved reference counts as not set. */
  harmless?: true;
}

/** A setting with the type of its value. */
export interface Row<V extends string = string, T extends z.ZodType = z.ZodType> extends Setting {
  variable: V;
  type: T;
}

/** A row with its own type kept. */
export const row = <const V extends string, T extends z.ZodType>(
  variable: V,
  type: T,
  about: Partial<Setting> & Pick<Setting, 'meaning'>,
): Row<V, T> => ({ flag: null, value: null, default: null, ...about, variable, type });

/** Groups of settings, for help and documentation, in order; `HTTP server` is only for `serve --http`. A setting belongs to the first group that fits. */
export const SETTING_GROUPS = [
  { title: 'Clouds', belongs: /^(?!GPU_MCP_)/ },
  {
    title: 'Consent and caps',
    belongs:
      /^GPU_MCP_(?:CONFIRM|MAX_USD_PER_HOUR|MAX_JOB_USD|MAX_PODS|USE_ALLOWANCE_USD|DEFAULT_LIFETIME_HOURS)$/,
  },
  { title: 'Which tools exist', belongs: /^GPU_MCP_(?:READ_ONLY|TOOLSETS|RESULTS|PROTOCOL)$/ },
  { title: 'Files and logs', belongs: /^GPU_MCP_(?:STATE_DIR|STORE_URL|ACCOUNT|AUDIT_DAYS|LOG_LEVEL)/ },
  { title: 'Simulator', belongs: /^GPU_MCP_SANDBOX/ },
  { title: 'HTTP server', belongs: /^GPU_MCP_/ },
] as const;

/** The heading of a group. */
export type GroupTitle = (typeof SETTING_GROUPS)[number]['title'];

/** The group of a setting. */
export const groupOf = ({ variable }: Setting): GroupTitle | undefined =>
  SETTING_GROUPS.find(({ belongs }) => belongs.test(variable))?.title;
