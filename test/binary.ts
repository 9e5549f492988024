import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bundle } from '../scripts/build.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(ROOT, 'node_modules', '.cache', 'gpu-cloud-mcp');
const HOUR_MS = 3_600_000;
const PATIENCE_MS = 30_000;

function sourceHash(): string {
  const hash = createHash('sha256');
  const files = ['src', 'scripts']
    .flatMap((dir) => readdirSync(join(ROOT, dir), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .concat(join(ROOT, 'package.json'), join(ROOT, 'package-lock.json'))
    .sort();
  for (const file of files) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

function forgetOld(): void {
  for (const name of existsSync(CACHE) ? readdirSync(CACHE) : []) {
    const file = join(CACHE, name);
    if (Date.now() - statSync(file).mtimeMs > HOUR_MS) rmSync(file, { recursive: true, force: true });
  }
}

async function build(): Promise<string> {
  const dir = join(CACHE, sourceHash());
  const file = join(dir, 'index.js');
  if (existsSync(file)) return file;
  forgetOld();
  let draft = `${dir}.draft`;
  mkdirSync(CACHE, { recursive: true });
  try {
    mkdirSync(draft);
  } catch {
    // Another process is building the same.
    for (let waited = 0; waited < PATIENCE_MS; waited += 50) {
      if (existsSync(file)) return file;
      await pause(50);
    }
    // It was killed, or the machine is very busy.
    draft = `${dir}.${process.pid}.draft`;
  }
  await bundle(draft);
  writeFileSync(join(draft, 'package.json'), '{"type":"module"}\n');
  try {
    renameSync(draft, dir);
  } catch (error) {
    if (!existsSync(file)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
  return file;
}

let built: Promise<string> | null = null;

/**
 * The program as users get it: the bundle of the present sources. Built once for each state of them, under a name of its
 * own, so that test files that run side by side share it and dist is left alone.
 */
export function binary(): Promise<string> {
  built ??= build();
  return built;
}
