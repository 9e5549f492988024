/**
 * Bundles src/index.ts and everything it needs: nothing to install at run time. Run, it writes dist/index.js, which
 * says so if Node is too old, and dist/chunks/*.mjs, of which a start loads what it needs.
 */
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Packages in CommonJS require Node's own modules; in a module there is no `require`. */
const REQUIRE =
  "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);\n";

/** A file of the output as it is published: the entry is dist/index.js, and starts with a line for the shell. */
function published(path, text) {
  if (basename(path) === 'index.mjs') {
    return { path: path.replace(/\.mjs$/, '.js'), text: `#!/usr/bin/env node\n${text}` };
  }
  return { path, text: /\brequire\b/.test(text) ? REQUIRE + text : text };
}

/** Writes index.js and chunks/ into a directory and returns the files; tests put them elsewhere than dist. */
export async function bundle(outdir) {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/index.ts'],
    outdir,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    minifySyntax: true,
    // Names are kept: the log shows them in stacks.
    minifyWhitespace: true,
    legalComments: 'none',
    alias: {
      // Its main file is UMD, whose inner requires a bundler cannot see.
      'jsonc-parser': 'jsonc-parser/lib/esm/main.js',
      ajv: './scripts/no-ajv.mjs',
      'ajv-formats': './scripts/no-ajv.mjs',
    },
    define: { __VERSION__: JSON.stringify(version) },
    logLevel: 'warning',
    write: false,
  });
  for (const file of outputFiles) {
    const { path, text } = published(file.path, file.text);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return outputFiles;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  rmSync(`${root}dist`, { recursive: true, force: true });
  const files = await bundle(`${root}dist`);
  const kilobytes = Math.round(files.reduce((sum, { contents }) => sum + contents.length, 0) / 1024);
  // On stderr: what packs the package reads the stdout of npm.
  process.stderr.write(
    `Built dist/index.js and ${files.length - 1} chunks (${kilobytes} kB). It is started with: node dist/index.js (demo, install, --help)\n`,
  );
}
