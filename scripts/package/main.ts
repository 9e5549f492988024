import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestFiles, ROOT, readPackage } from './manifests.ts';

/** Everything that goes into the .mcpb beside manifest.json and a package.json that says "module". */
const CONTENT = ['dist', 'LICENSE', 'README.md'];

/**
 * `node scripts/run-ts.mjs scripts/package/main.ts`: renews server.json and manifest.json. With `mcpb [FILE]`, also
 * stages and packs the bundle with the official tool, which validates the manifest; dist must have been built.
 */
const files = await manifestFiles();
for (const [name, text] of Object.entries(files)) writeFileSync(`${ROOT}${name}`, text);
console.log('server.json and manifest.json are written.');

if (process.argv[2] === 'mcpb') {
  const { name, version } = readPackage();
  const out = process.argv[3] ?? `${ROOT}${name}-${version}.mcpb`;
  const stage = mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-mcpb-'));
  try {
    for (const part of CONTENT.filter((path) => existsSync(`${ROOT}${path}`)))
      cpSync(`${ROOT}${part}`, join(stage, part), { recursive: true });
    writeFileSync(join(stage, 'manifest.json'), files['manifest.json']);
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify({ name, version, type: 'module' })}\n`);
    const mcpb = `${ROOT}node_modules/@anthropic-ai/mcpb/dist/cli/cli.js`;
    const { status } = spawnSync(process.execPath, [mcpb, 'pack', stage, out], { stdio: 'inherit' });
    process.exitCode = status ?? 1;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}
