import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type RunningSandbox, serveSandbox } from '../../src/sandbox/serve.ts';
import { ROOT } from '../architecture/source.ts';
import { binary } from '../binary.ts';
import { IMAGES, imageOf, readDockerfile } from './dockerfile.ts';

/** The machine of somebody who reads the pages: what they have checked out, what they have on PATH, and a cloud account. */
export interface Reader {
  sandbox: RunningSandbox;
  /** A copy of the repository with its packages and without its dist: npm scripts run here. */
  checkout: string;
  /** A folder with the built program as dist, and the package in node_modules: everything else runs here. */
  folder: string;
  /** The environment of a command: a home and a state directory of its own, keys of the simulator, only our PATH. */
  environment(): Record<string, string>;
  /** The command with addresses and places of the pages replaced by those here. */
  localized(command: string): string;
  /** The server that pages mean by http://127.0.0.1:8484; set once it runs. */
  server: string;
  close(): Promise<void>;
}

/** What the checkout does not take over: made by npm and git, or by the build. */
const LEFT_OUT = new Set(['node_modules', 'dist', '.git', 'coverage']);

/** Programs that only act as if, by the file in stand-ins/ and its first arguments. */
const STAND_INS: Readonly<Record<string, readonly string[]>> = {
  claude: ['mcp-client.mjs', 'claude'],
  codex: ['mcp-client.mjs', 'codex'],
  docker: ['docker.mjs'],
  openssl: ['openssl.mjs'],
};

const onPath = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));

function script(file: string, text: string): void {
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
}

const standIn = (bin: string, name: string, [file, ...args]: readonly string[]): void =>
  script(
    join(bin, name),
    `exec "${process.execPath}" "${ROOT}test/docs/stand-ins/${file}" ${args.join(' ')} "$@"`,
  );

function fillBin(bin: string): void {
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  for (const name of ['bash', 'sh', 'npm', 'npx', 'curl']) {
    const found = onPath(name);
    if (found !== undefined) symlinkSync(found, join(bin, name));
    else if (name === 'curl') standIn(bin, 'curl', ['curl.mjs']);
    else throw new Error(`The pages' commands need ${name}, which is not on PATH.`);
  }
  for (const [name, command] of Object.entries(STAND_INS)) standIn(bin, name, command);
}

/** A folder of packages that leads to the real ones, with room for a stamp and a cache of its own. */
function linkPackages(to: string): void {
  mkdirSync(to);
  const from = join(ROOT, 'node_modules');
  for (const name of readdirSync(from))
    if (!['.cache', '.gpu-cloud-mcp-lock', '.vite', '.vite-temp'].includes(name))
      symlinkSync(join(from, name), join(to, name));
  const lock = readFileSync(join(ROOT, 'package-lock.json'));
  writeFileSync(join(to, '.gpu-cloud-mcp-lock'), createHash('sha256').update(lock).digest('hex'));
}

function installPackage(at: string, dist: string): void {
  mkdirSync(join(at, 'node_modules', '.bin'), { recursive: true });
  const home = join(at, 'node_modules', 'gpu-cloud-mcp');
  mkdirSync(home);
  cpSync(join(ROOT, 'package.json'), join(home, 'package.json'));
  cpSync(dist, join(home, 'dist'), { recursive: true });
  chmodSync(join(home, 'dist', 'index.js'), 0o755);
  symlinkSync('../gpu-cloud-mcp/dist/index.js', join(at, 'node_modules', '.bin', 'gpu-cloud-mcp'));
}

/** Sets the machine up, with an account at the simulator. */
export async function openReader(): Promise<Reader> {
  const dist = dirname(await binary());
  const sandbox = await serveSandbox();
  const root = mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-pages-'));
  const [bin, checkout, folder] = [join(root, 'bin'), join(root, 'checkout'), join(root, 'folder')];
  fillBin(bin);
  cpSync(ROOT, checkout, {
    recursive: true,
    filter: (file) => !LEFT_OUT.has(file.slice(ROOT.length)),
  });
  linkPackages(join(checkout, 'node_modules'));
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  cpSync(dist, join(folder, 'dist'), { recursive: true });
  installPackage(folder, dist);
  symlinkSync(join(folder, 'node_modules', '.bin', 'gpu-cloud-mcp'), join(bin, 'gpu-cloud-mcp'));
  const stages = readDockerfile(readFileSync(`${ROOT}Dockerfile`, 'utf8'));
  const images = Object.entries(IMAGES).map(([tag, target]) => [
    tag,
    { ...imageOf(stages, target), root: folder },
  ]);
  writeFileSync(join(root, 'images.json'), JSON.stringify(Object.fromEntries(images)));
  const { volt, nebula } = sandbox;
  const clouds = {
    VOLT_BASE_URL: volt.baseUrl,
    NEBULA_BASE_URL: nebula.baseUrl,
    NEBULA_INFERENCE_URL: nebula.inferenceUrl,
  };
  let homes = 0;
  const reader: Reader = {
    sandbox,
    checkout,
    folder,
    server: '',
    environment() {
      homes += 1;
      const home = join(root, `home-${homes}`);
      mkdirSync(home);
      return {
        PATH: bin,
        HOME: home,
        XDG_STATE_HOME: join(home, 'state'),
        XDG_CONFIG_HOME: join(home, '.config'),
        TERM: 'dumb',
        NO_COLOR: '1',
        GPU_MCP_HTTP_PORT: '0',
        VOLT_API_KEY: volt.apiKey,
        NEBULA_API_KEY: nebula.apiKey,
        ...clouds,
        DOCS_IMAGES: join(root, 'images.json'),
        DOCS_CONTAINER_ENV: JSON.stringify({
          ...clouds,
          HOME: home,
          GPU_MCP_HTTP_PORT: '0',
          GPU_MCP_STATE_DIR: join(home, 'volume'),
        }),
      };
    },
    localized: (command) =>
      [
        ['/path/to/gpu-cloud-mcp/', `${folder}/`],
        ['http://127.0.0.1:8585', sandbox.url],
        ['http://127.0.0.1:8484', reader.server],
        ['--host 0.0.0.0', '--host 127.0.0.1'],
      ].reduce((text, [from = '', to = '']) => text.replaceAll(from, to), command),
    async close() {
      await sandbox.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return reader;
}
