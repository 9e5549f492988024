/**
 * Bundles src/index.ts and everything it needs into one file: nothing to install at run time. Run, it writes dist/index.js.
 * The bundle is split first and put together again, so that a start compiles no more than it uses (one-file.mjs).
 */
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { oneFile } from './one-file.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const SHEBANG = '#!/usr/bin/env node\n';

/** What of a build is found out by running the source itself: every tool as data, and its tokens. */
async function builtIn() {
  const outfile = `${root}node_modules/.cache/gpu-cloud-mcp/built-in-${process.pid}-${Date.now()}.mjs`;
  try {
    await build({
      absWorkingDir: root,
      entryPoints: ['scripts/package/built-in.ts'],
      outfile,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20.18',
      logLevel: 'warning',
    });
    const { catalogue, tokenTable } = await import(pathToFileURL(outfile));
    return { catalogue: await catalogue(), tokens: await tokenTable() };
  } finally {
    rmSync(outfile, { force: true });
  }
}

/** Writes index.js into a directory; tests put it elsewhere than dist. */
export async function bundle(outdir) {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const { catalogue, tokens } = await builtIn();
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/index.ts'],
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    minifySyntax: true,
    // Source text stays in memory. Names are kept: they stand in the stacks that the log shows.
    minifyWhitespace: true,
    legalComments: 'none',
    alias: {
      // Its main file is UMD, whose inner requires a bundler cannot see.
      'jsonc-parser': 'jsonc-parser/lib/esm/main.js',
      ajv: './scripts/no-ajv.mjs',
      'ajv-formats': './scripts/no-ajv.mjs',
    },
    // Strings: objects would become modules of their own, which every part would read at the start.
    define: {
      __VERSION__: JSON.stringify(version),
      __TOKENS__: JSON.stringify(JSON.stringify(tokens)),
      __CATALOGUE__: JSON.stringify(JSON.stringify(catalogue)),
    },
    logLevel: 'warning',
    write: false,
  });
  mkdirSync(outdir, { recursive: true });
  writeFileSync(`${outdir}/index.js`, SHEBANG + (await oneFile(outputFiles, 'index.js')));
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  rmSync(`${root}dist`, { recursive: true, force: true });
  await bundle(`${root}dist`);
}
