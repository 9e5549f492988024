import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** Directories to remove when the run is over. */
export const litter: string[] = [];

/** A new directory that is gone after the run. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-bench-'));
  litter.push(dir);
  return dir;
}

function moduleDir(): string {
  const dir = scratch();
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}\n');
  return dir;
}

function buildOurs(): string {
  const dir = moduleDir();
  const build = "const { bundle } = await import('./scripts/build.mjs'); await bundle(process.argv[1]);";
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', build, dir]);
  if (status !== 0) throw new Error(`the server could not be bundled: ${stderr}`);
  return join(dir, 'index.js');
}

function buildAlone(entry: string): string {
  const outfile = join(moduleDir(), 'server.js');
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    minifySyntax: true,
    minifyWhitespace: true,
    banner: {
      js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
    },
  });
  return outfile;
}

const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** The server as users get it, by the very build that makes dist; the file to start. */
export const ours = once(buildOurs);

/** The bare SDK server with one tool, bundled and made small in the same way; the file to start. */
export const bare = once(() => buildAlone('bench/bare-server.ts'));

/** Our server with one tool that says the same again; the file to start. */
export const echoing = once(() => buildAlone('bench/echo-server.ts'));
