import type { Setting } from './row.ts';

/** Settings that belong together, in help and documentation. */
export interface SettingGroup {
  title: string;
  belongs: RegExp;
}

/** Every group, in order; `HTTP server` is for `serve --http` alone. The first that fits has the setting. */
export const SETTING_GROUPS = [
  { title: 'Clouds', belongs: /^(?!GPU_MCP_)/ },
  {
    title: 'Consent and caps',
    belongs:
      /^GPU_MCP_(?:CONFIRM|MAX_USD_PER_HOUR|MAX_JOB_USD|MAX_PODS|USE_ALLOWANCE_USD|DEFAULT_LIFETIME_HOURS)$/,
  },
  { title: 'Which tools exist', belongs: /^GPU_MCP_(?:READ_ONLY|TOOLSETS|RESULTS|PROTOCOL)$/ },
  { title: 'Files and logs', belongs: /^GPU_MCP_(?:STATE_DIR|STORE_URL|ACCOUNT|LOG_LEVEL)/ },
  { title: 'Simulator', belongs: /^GPU_MCP_SANDBOX/ },
  { title: 'HTTP server', belongs: /^GPU_MCP_/ },
] as const satisfies readonly SettingGroup[];

export type GroupTitle = (typeof SETTING_GROUPS)[number]['title'];

/** The group of a setting. */
export const groupOf = ({ variable }: Setting): GroupTitle | undefined =>
  SETTING_GROUPS.find(({ belongs }) => belongs.test(variable))?.title;
