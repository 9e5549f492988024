/**
 * Bundles src/index.ts and everything it needs: nothing to install at run time. Run, it writes dist/index.js, and beside it
 * in dist/parts what only some commands or calls need, so that a start reads and compiles no more than it uses.
 */
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const SHEBANG = '#!/usr/bin/env node\n';
// For the one part that passes the requires of CommonJS packages on to Node.
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);\n";

/** What of a build depends on the source itself: the tokens of every tool, counted by running it. */
async function countTokens() {
  const outfile = `${root}node_modules/.cache/gpu-cloud-mcp/tokens-${process.pid}-${Date.now()}.mjs`;
  try {
    await build({
      absWorkingDir: root,
      entryPoints: ['scripts/package/token-table.ts'],
      outfile,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20.18',
      logLevel: 'warning',
    });
    return await (await import(pathToFileURL(outfile))).tokenTable();
  } finally {
    rmSync(outfile, { force: true });
  }
}

/** Writes the bundle into a directory; tests put it elsewhere than dist. */
export async function bundle(outdir) {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/index.ts'],
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: 'parts/[name]-[hash]',
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
    // The counts are a string: an object would become a module of its own, which every part would read at the start.
    define: {
      __VERSION__: JSON.stringify(version),
      __TOKENS__: JSON.stringify(JSON.stringify(await countTokens())),
    },
    logLevel: 'warning',
    write: false,
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      `${path.endsWith('/index.js') ? SHEBANG : ''}${text.includes('typeof require') ? REQUIRE : ''}${text}`,
    );
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  rmSync(`${root}dist`, { recursive: true, force: true });
  await bundle('dist');
}
