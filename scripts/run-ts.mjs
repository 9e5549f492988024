/**
 * Runs a TypeScript program of this repository: `node scripts/run-ts.mjs FILE [arguments]`. The file is bundled into
 * node_modules/.cache (packages stay outside) and started from the repository's root.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) throw new Error('Give the TypeScript file to run.');
const outfile = `${root}node_modules/.cache/gpu-cloud-mcp/${process.pid}.mjs`;
try {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    logLevel: 'warning',
  });
  process.exitCode =
    spawnSync(process.execPath, [outfile, ...args], { cwd: root, stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(outfile, { force: true });
}
