import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Permission bits of a path, e.g. `600`. */
export const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
