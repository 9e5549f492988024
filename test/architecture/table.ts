/** What one folder of src may import. `node` = Node's own modules: all, none, or these. */
export interface Allowance {
  folders: readonly string[];
  packages: readonly string[];
  node: boolean | readonly string[];
}

const SDK = '@modelcontextprotocol/sdk';

/** The layers, innermost first. `clouds/*` stands for each cloud's own folder; `.` for the files right in src. */
export const IMPORT_TABLE: Readonly<Record<string, Allowance>> = {
  core: { folders: [], packages: ['zod'], node: false },
  outbound: {
    folders: ['core'],
    packages: ['undici', 'eventsource-parser', 'rate-limiter-flexible', 'zod'],
    node: true,
  },
  'clouds/volt': { folders: ['core', 'outbound', 'clouds'], packages: ['zod'], node: ['crypto', 'net'] },
  'clouds/nebula': { folders: ['core', 'outbound', 'clouds'], packages: ['zod'], node: ['crypto', 'net'] },
  clouds: { folders: ['core', 'outbound', 'clouds/volt', 'clouds/nebula'], packages: ['zod'], node: false },
  tools: { folders: ['core'], packages: ['zod', 'sshpk'], node: false },
  resources: { folders: ['core'], packages: ['zod'], node: false },
  prompts: { folders: ['core'], packages: ['zod'], node: false },
  live: { folders: ['core'], packages: [], node: false },
  store: { folders: ['core', 'gate'], packages: ['zod', 'pg'], node: true },
  gate: { folders: ['core', 'store'], packages: ['zod'], node: ['crypto'] },
  engine: {
    folders: ['core', 'tools', 'gate', 'store', 'live', 'resources', 'prompts'],
    packages: ['zod', SDK],
    node: false,
  },
  config: { folders: ['core', 'clouds', 'outbound', 'gate', 'tools'], packages: ['zod'], node: true },
  mcp: {
    folders: ['engine', 'core', 'http', 'config', 'prompts', 'resources', 'gate'],
    packages: [SDK],
    node: true,
  },
  http: {
    folders: ['mcp', 'engine', 'config', 'core'],
    packages: [SDK, 'hono', '@hono/node-server', 'jose', 'prom-client', 'rate-limiter-flexible', 'zod'],
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
      'gate',
      'store',
      'live',
      'resources',
      'prompts',
      'engine',
      'mcp',
      'http',
      'sandbox',
    ],
    packages: ['commander', 'zod', '@clack/prompts', 'jsonc-parser', 'smol-toml', 'yaml'],
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
      'live',
      'resources',
      'prompts',
      'engine',
      'mcp',
      'http',
      'sandbox',
      'cli',
    ],
    packages: ['zod'],
    node: true,
  },
};

/** Names that only these files may import, wherever the folder is allowed. */
export const RESERVED_NAMES: readonly { name: string; from: string; only: RegExp; why: string }[] = [
  {
    name: 'issuePermit',
    from: 'src/core/permit.ts',
    only: /^src\/(gate|engine)\//,
    why: 'only the gate can let a write through',
  },
];

/** Files that may read the process's environment. */
export const ENV_READERS: readonly string[] = ['src/config/read.ts'];

/** Files that may cast through `unknown`, and why. */
export const CASTS: readonly { path: string; why: string }[] = [
  {
    path: 'src/mcp/v1/sdk-results.ts',
    why: "the SDK's types of list and result are wider than ours and its index signatures do not accept interfaces",
  },
];
