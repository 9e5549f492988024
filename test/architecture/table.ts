import { readdirSync } from 'node:fs';

/** What one folder of src may import. `node` = Node's own modules: all, none, or these. */
export interface Allowance {
  folders: readonly string[];
  /** Folders of which it may import types only. */
  types?: readonly string[];
  packages: readonly string[];
  node: boolean | readonly string[];
}

/** The SDKs of both protocol revisions. */
const SDK = ['@modelcontextprotocol/sdk', '@modelcontextprotocol/server'];

/** What edits other programs' files. */
const INSTALLER = ['jsonc-parser', '@decimalturn/toml-patch', 'yaml', 'diff'];

/** The folder of each cloud. */
const CLOUDS = readdirSync('src/clouds', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `clouds/${name}`)
  .toSorted()
  .toReversed();

/** What each cloud's folder may import. */
const ONE_CLOUD: Allowance = {
  folders: ['core', 'outbound', 'clouds'],
  packages: ['zod'],
  node: ['net'],
};

/** The layers, innermost first. `clouds/*` means each cloud's own folder; `.` for the files right in src. */
export const IMPORT_TABLE: Readonly<Record<string, Allowance>> = {
  core: { folders: [], packages: ['zod', 'fast-string-width'], node: false },
  outbound: {
    folders: ['core'],
    packages: ['undici', 'eventsource-parser'],
    node: false,
  },
  ...Object.fromEntries(CLOUDS.map((cloud) => [cloud, ONE_CLOUD])),
  clouds: { folders: ['core', 'outbound', ...CLOUDS], packages: ['zod'], node: false },
  tools: { folders: ['core'], packages: ['zod', 'sshpk'], node: false },
  resources: { folders: ['core'], packages: [], node: false },
  prompts: { folders: ['core'], packages: [], node: false },
  live: { folders: ['core'], packages: ['zod'], node: false },
  store: { folders: ['core'], packages: ['zod'], node: true },
  'store/postgres': { folders: ['core', 'store'], packages: ['pg'], node: true },
  gate: { folders: ['core'], types: ['store'], packages: ['zod'], node: ['crypto'] },
  engine: {
    folders: ['core', 'tools', 'gate', 'store', 'live', 'resources', 'prompts'],
    packages: ['zod'],
    node: false,
  },
  config: { folders: ['core', 'clouds'], packages: ['zod'], node: true },
  mcp: { folders: ['engine', 'core'], packages: SDK, node: true },
  http: {
    folders: ['mcp', 'engine', 'config', 'core'],
    packages: ['hono', '@hono/node-server', 'jose', 'prom-client', 'rate-limiter-flexible', 'zod'],
    node: true,
  },
  sandbox: { folders: [], packages: ['hono', '@hono/node-server', 'zod'], node: true },
  cli: {
    folders: [
      '.',
      'config',
      'core',
      'outbound',
      'clouds',
      'tools',
      'store',
      'store/postgres',
      'engine',
      'mcp',
      'http',
      'sandbox',
    ],
    packages: ['commander', 'zod', '@clack/prompts', ...INSTALLER],
    node: true,
  },
  '.': {
    folders: [
      'config',
      'core',
      'outbound',
      'clouds',
      'tools',
      'gate',
      'store',
      'store/postgres',
      'live',
      'engine',
      'sandbox',
      'cli',
    ],
    packages: [],
    node: true,
  },
};

/** Files outside clouds/ and sandbox/ that may name a cloud in code or in a sentence, and why. Texts for one cloud are in `[<cloud>: …]`. */
export const CLOUD_NAMES: readonly { path: string; why: string }[] = [
  {
    path: 'src/cli/commands/demo-script.ts',
    why: "the script of the demo plays with the simulator's things",
  },
];

/** Names that only these files may import, wherever the folder is allowed. */
export const RESERVED_NAMES: readonly { name: string; from: string; only: RegExp; why: string }[] = [
  {
    name: 'issuePermit',
    from: 'src/core/permit.ts',
    only: /^src\/gate\//,
    why: 'only the gate can let a write through',
  },
];

/** Files that may read the process's environment. */
export const ENV_READERS: readonly string[] = ['src/config/read.ts'];

/** Files that may cast through `unknown`, and why. */
export const CASTS: readonly { path: string; why: string }[] = [
  {
    path: 'src/mcp/v1/server.ts',
    why: "the SDK's types of list and result are wider than ours and its index signatures do not accept interfaces",
  },
];
