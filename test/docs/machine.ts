import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { ROOT } from '../architecture/source.ts';
import { binary } from '../binary.ts';
import { IMAGES, imageOf, readDockerfile } from './dockerfile.ts';

/** The machine of somebody who follows the pages: the built program, programs on PATH, and accounts at the simulator. */
export interface Machine {
  /** The folder that commands run in; the built program is its dist. */
  folder: string;
  /** The environment of a command: a home and a state directory of its own, keys of the simulator, our programs before others. */
  environment(): Record<string, string>;
  /** The command with addresses and paths of the pages replaced by those here. */
  localized(command: string): string;
  /** The server that pages mean by http://127.0.0.1:8484; set once it runs. */
  server: string;
  /** The entries of clients that were started, by what distinguishes them. */
  started: Map<string, Promise<void>>;
  close(): Promise<void>;
}

/** The PostgreSQL that pages name. */
export const PAGES_STORE = 'postgres://gpu_mcp@db.internal/gpu_mcp?sslmode=verify-full';

/** What `openssl rand -hex 32` answers here. */
export const TOKEN = '5a'.repeat(32);

const standIn = (file: string, ...args: string[]): string =>
  `exec node "${ROOT}test/docs/stand-ins/${file}" ${args.join(' ')} "$@"`;

/** The programs on PATH beside node and bash, as shell scripts: ours, and stand-ins for those of others. */
const programs = (program: string): Readonly<Record<string, string>> => ({
  'gpu-cloud-mcp': `exec node "${program}" "$@"`,
  npx: '[ "$1 $2" = "-y gpu-cloud-mcp" ] || exit 64; shift 2; exec gpu-cloud-mcp "$@"',
  openssl: `[ "$*" = "rand -hex 32" ] || exit 64; echo ${TOKEN}`,
  claude: standIn('mcp-client.mjs', 'claude'),
  codex: standIn('mcp-client.mjs', 'codex'),
  docker: standIn('docker.mjs'),
  ssh: 'echo "ssh $*"',
});

function fillBin(bin: string, program: string): void {
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  for (const [name, text] of Object.entries(programs(program))) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
}

/** Writes what `docker run` starts for each image, as the Dockerfile says. */
function writeImages(file: string, root: string): void {
  const stages = readDockerfile(readFileSync(`${ROOT}Dockerfile`, 'utf8'));
  const images = Object.entries(IMAGES).map(([tag, target]) => [tag, { ...imageOf(stages, target), root }]);
  writeFileSync(file, JSON.stringify(Object.fromEntries(images)));
}

/** Sets the machine up, with accounts at a simulator, and a database in the place of the one that pages name. */
export async function openMachine(store = PAGES_STORE): Promise<Machine> {
  const program = await binary();
  const sandbox = await serveSandbox();
  sandbox.world.addPod('volt', { name: 'train-1', state: 'running' });
  const root = mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-pages-'));
  const [bin, folder, images] = [join(root, 'bin'), join(root, 'folder'), join(root, 'images.json')];
  fillBin(bin, program);
  mkdirSync(folder);
  symlinkSync(dirname(program), join(folder, 'dist'));
  writeImages(images, folder);
  const { volt, nebula } = sandbox;
  const clouds = {
    VOLT_BASE_URL: volt.baseUrl,
    NEBULA_BASE_URL: nebula.baseUrl,
    NEBULA_INFERENCE_URL: nebula.inferenceUrl,
  };
  let homes = 0;
  const machine: Machine = {
    folder,
    server: '',
    started: new Map(),
    environment() {
      homes += 1;
      const home = join(root, `home-${homes}`);
      mkdirSync(home);
      const container = { HOME: home, GPU_MCP_HTTP_PORT: '0', GPU_MCP_STATE_DIR: join(home, 'volume') };
      return {
        PATH: `${bin}${delimiter}${process.env.PATH}`,
        HOME: home,
        XDG_STATE_HOME: join(home, 'state'),
        XDG_CONFIG_HOME: join(home, '.config'),
        TERM: 'dumb',
        NO_COLOR: '1',
        GPU_MCP_HTTP_PORT: '0',
        VOLT_API_KEY: volt.apiKey,
        NEBULA_API_KEY: nebula.apiKey,
        ...clouds,
        DOCS_IMAGES: images,
        DOCS_CONTAINER_ENV: JSON.stringify({ ...clouds, ...container }),
      };
    },
    localized: (command) =>
      [
        ['/path/to/gpu-cloud-mcp/', `${folder}/`],
        ['http://127.0.0.1:8585', sandbox.url],
        ['http://127.0.0.1:8484', machine.server],
        ['--host 0.0.0.0', '--host 127.0.0.1'],
        [PAGES_STORE, store],
        ...(/ sandbox$/.test(command) ? [[' sandbox', ' sandbox --port 0']] : []),
      ].reduce((text, [from = '', to = '']) => text.replaceAll(from, to), command),
    async close() {
      await sandbox.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return machine;
}
