import { readFileSync } from 'node:fs';
import { openRuntime } from '../../src/app.ts';
import { CLOUDS } from '../../src/clouds/index.ts';
import { COMMON_SETTINGS, readConfig } from '../../src/config/read.ts';

/** The repository's root, with a slash at its end: programs of scripts/ and tests start there. */
export const ROOT = `${process.cwd()}/`;

/** The schema that server.json follows (https://github.com/modelcontextprotocol/static, schemas/2025-12-11). */
export const REGISTRY_SCHEMA = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json';

/** At most 100 characters, a limit of the registry's schema. */
const SHORT =
  "Find, rent, watch and release GPU machines on two clouds, with a person's consent for every cent.";

const KEYS = new Map<string, string>(CLOUDS.map(({ title, settings }) => [settings.key, `${title} API key`]));
const SECRETS: readonly string[] = [...KEYS.keys()];
/** Settings that make sense to a person who installs from a registry; the others have good defaults. */
const OFFERED: readonly string[] = [
  ...SECRETS,
  'GPU_MCP_CONFIRM',
  'GPU_MCP_MAX_USD_PER_HOUR',
  'GPU_MCP_MAX_JOB_USD',
  'GPU_MCP_MAX_PODS',
  'GPU_MCP_READ_ONLY',
  'GPU_MCP_SANDBOX',
];

interface Package {
  name: string;
  version: string;
  description: string;
  license: string;
  engines: { node: string };
  keywords: string[];
  /** The name in the MCP registry: the namespace proves who publishes (io.github.OWNER/NAME). */
  mcpName?: string;
}

/** package.json, the one source of name, version and description. */
export const readPackage = (): Package => JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));

const offered = COMMON_SETTINGS.filter(({ variable }) => OFFERED.includes(variable));

const formatOf = (fallback: string | null): string => {
  if (fallback === 'true' || fallback === 'false') return 'boolean';
  return fallback !== null && /^\d+$/.test(fallback) ? 'number' : 'string';
};

/** server.json: how the MCP registry lists the package. */
export function registryManifest({ name, version, mcpName }: Package) {
  return {
    $schema: REGISTRY_SCHEMA,
    name: mcpName ?? `io.github.${name}/${name}`,
    title: 'GPU clouds',
    description: SHORT,
    version,
    packages: [
      {
        registryType: 'npm',
        registryBaseUrl: 'https://registry.npmjs.org',
        identifier: name,
        version,
        runtimeHint: 'npx',
        transport: { type: 'stdio' },
        environmentVariables: offered.map(({ variable, meaning, default: fallback }) => ({
          name: variable,
          description: meaning,
          isRequired: false,
          isSecret: SECRETS.includes(variable),
          format: formatOf(fallback),
          ...(fallback !== null && { default: fallback }),
        })),
      },
    ],
  };
}

const optionName = (variable: string): string => variable.toLowerCase().replace(/^gpu_mcp_/, '');
const TITLES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(KEYS),
  GPU_MCP_CONFIRM: 'Confirmation',
  GPU_MCP_MAX_USD_PER_HOUR: 'Cap on the hourly burn rate (USD)',
  GPU_MCP_MAX_JOB_USD: 'Cap on one upfront debit (USD)',
  GPU_MCP_MAX_PODS: 'Cap on live pods',
  GPU_MCP_READ_ONLY: 'Read only',
  GPU_MCP_SANDBOX: 'Simulator instead of real clouds',
};

const typed = (fallback: string | null): string | number | boolean => {
  const format = formatOf(fallback);
  if (format === 'boolean') return fallback === 'true';
  return format === 'number' ? Number(fallback) : (fallback ?? '');
};

/** manifest.json of the .mcpb bundle (https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md, version 0.3). */
export async function bundleManifest({ name, version, description, license, engines, keywords }: Package) {
  const { runtime, close } = await openRuntime(
    readConfig({ GPU_MCP_SANDBOX: 'true', GPU_MCP_LOG_LEVEL: 'silent' }, {}),
  );
  await close();
  const user = (variable: string): string => `\${user_config.${optionName(variable)}}`;
  return {
    manifest_version: '0.3',
    name,
    display_name: 'GPU clouds',
    version,
    description: SHORT,
    long_description: `${description}\n\nGive the key of one cloud or of both, or switch the simulator on to try everything without an account and without money. Whatever spends, interrupts or destroys is shown as a plan first and needs a person's consent.`,
    author: { name: `${name} contributors` },
    license,
    keywords,
    server: {
      type: 'node',
      entry_point: 'dist/index.js',
      mcp_config: {
        command: 'node',
        args: [['$', '{__dirname}/dist/index.js'].join('')],
        env: Object.fromEntries(offered.map(({ variable }) => [variable, user(variable)])),
      },
    },
    tools: runtime.listed('text').map((tool) => ({ name: tool.name, description: tool.title })),
    compatibility: { platforms: ['darwin', 'win32', 'linux'], runtimes: { node: engines.node } },
    user_config: Object.fromEntries(
      offered.map(({ variable, meaning, default: fallback }) => [
        optionName(variable),
        {
          type: formatOf(fallback),
          title: TITLES[variable] ?? variable,
          description: meaning,
          required: false,
          default: typed(fallback),
          ...(SECRETS.includes(variable) && { sensitive: true }),
        },
      ]),
    ),
  };
}

const WIDTH = 110;

/** JSON as the formatter of this repository leaves it: short lists of plain values on one line. */
const pretty = (value: unknown): string =>
  `${JSON.stringify(value, null, 2)}\n`.replace(
    /^(.*)\[\n\s+((?:"[^\n]*",?\n?\s*)+?)\n\s+\]/gm,
    (whole, head: string, items: string) => {
      const line = `${head}[${items.replace(/\n\s+/g, ' ')}]`;
      return line.length + 1 <= WIDTH ? line : whole;
    },
  );

/** Both files as they are written. */
export async function manifestFiles(): Promise<Record<'server.json' | 'manifest.json', string>> {
  const about = readPackage();
  return {
    'server.json': pretty(registryManifest(about)),
    'manifest.json': pretty(await bundleManifest(about)),
  };
}
