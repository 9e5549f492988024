/** What one folder of src may import. `node` = Node's own modules. */
export interface Allowance {
  folders: readonly string[];
  packages: readonly string[];
  node: boolean;
}

const SDK = '@modelcontextprotocol/sdk';

/** The layers, innermost first. `clouds/*` stands for each cloud's own folder; `.` for the files right in src. */
export const IMPORT_TABLE: Readonly<Record<string, Allowance>> = {
  core: { folders: [], packages: ['zod'], node: false },
  rest: { folders: ['core'], packages: ['undici', 'eventsource-parser', 'zod'], node: true },
  'clouds/volt': { folders: ['core', 'rest'], packages: ['zod'], node: false },
  'clouds/nebula': { folders: ['core', 'rest'], packages: ['zod'], node: false },
  clouds: { folders: ['core', 'rest', 'clouds/volt', 'clouds/nebula'], packages: [], node: false },
  tools: { folders: ['core'], packages: ['zod', 'sshpk'], node: false },
  resources: { folders: ['core'], packages: ['zod'], node: false },
  prompts: { folders: ['core'], packages: ['zod'], node: false },
  gate: { folders: ['core'], packages: [], node: true },
  server: {
    folders: ['core', 'tools', 'gate', 'resources', 'prompts'],
    packages: [SDK, 'zod', 'hono', '@hono/node-server', 'jose', 'prom-client', 'rate-limiter-flexible'],
    node: true,
  },
  sandbox: { folders: [], packages: ['hono', '@hono/node-server', 'zod'], node: true },
  cli: {
    folders: ['.', 'core', 'rest', 'clouds', 'tools', 'gate', 'resources', 'prompts', 'server', 'sandbox'],
    packages: ['commander', 'zod', '@clack/prompts', 'jsonc-parser', 'smol-toml', 'yaml'],
    node: true,
  },
  '.': {
    folders: ['core', 'rest', 'clouds', 'tools', 'gate', 'resources', 'prompts', 'server', 'sandbox', 'cli'],
    packages: ['zod'],
    node: true,
  },
};

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
export const ENV_READERS: readonly string[] = ['src/config.ts'];

/** Files that may cast through `unknown`, and why. */
export const CASTS: readonly { path: string; why: string }[] = [
  {
    path: 'src/server/sdk-results.ts',
    why: "the SDK's types of list and result are wider than ours and its index signatures do not accept interfaces",
  },
];
