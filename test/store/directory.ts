import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Identity } from '../../src/store/identity.ts';
import { afterEvery } from '../after.ts';

const made = new Set<string>();
afterEvery(async () => {
  for (const path of made) await rm(path, { recursive: true, force: true });
  made.clear();
});

/** The path of a state directory that does not exist yet; its parent goes after the test. */
export async function stateDirectory(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-gate-'));
  made.add(parent);
  return join(parent, 'state');
}

/** Makes the program that host-process.ts is; returns its path. */
export async function hostProgram(dir: string): Promise<string> {
  const program = join(dir, 'process.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'host-process.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    logLevel: 'error',
  });
  return program;
}

/** Permission bits of a path, e.g. `600`. */
export const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

/** A process that a test makes up, which knows of the others what `isGone` says. */
export const standIn = (owner: string, isGone: (owner: string) => boolean = () => false): Identity => ({
  owner,
  appear: async () => {},
  isOrphan: async (_path, other) => isGone(other),
  elsewhere: async () => [],
  leave: async () => {},
});
