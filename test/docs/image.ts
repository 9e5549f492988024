import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { ROOT } from '../architecture/source.ts';
import { chainOf, IMAGES, readDockerfile, type Stage } from './dockerfile.ts';
import type { Reader } from './reader.ts';
import { startShell } from './shell.ts';

/** Steps of a build that are not played: there is no engine, the packages are there already, and nobody here is root. */
const NOT_PLAYED: readonly RegExp[] = [/^npm ci /, /^mkdir -p "\$GPU_MCP_STATE_DIR" && chown node:node/];

/** What .dockerignore lets into the context: it forbids everything and names the exceptions. */
export const inContext = (): string[] => {
  const [all, ...exceptions] = readFileSync(`${ROOT}.dockerignore`, 'utf8').trim().split('\n');
  expect(all).toBe('*');
  return exceptions.map((line) => line.replace(/^!/, ''));
};

/** Copies what a stage copies from the context, runs what it runs, and returns its folder. */
async function playStage(reader: Reader, { steps }: Stage): Promise<string> {
  const folder = mkdtempSync(join(dirname(reader.checkout), 'image-'));
  symlinkSync(join(reader.checkout, 'node_modules'), join(folder, 'node_modules'));
  const context = inContext();
  for (const { instruction, text } of steps) {
    if (instruction === 'COPY' && !text.startsWith('--from=')) {
      const [to = '', ...from] = text.split(' ').reverse();
      for (const file of from) {
        expect(context).toContain(file);
        cpSync(join(ROOT, file), to.endsWith('./') ? join(folder, file) : join(folder, to), {
          recursive: true,
        });
      }
    }
    if (instruction !== 'RUN' || NOT_PLAYED.some((pattern) => pattern.test(text))) continue;
    const shell = startShell([text], folder, reader.environment());
    expect({ code: await shell.ended, output: shell.output() }).toMatchObject({ code: 0 });
  }
  return folder;
}

const played = new Map<string, Promise<string>>();

/** A stage is built once, however many images copy out of it. */
function playOnce(reader: Reader, stage: Stage): Promise<string> {
  const folder = played.get(stage.name) ?? playStage(reader, stage);
  played.set(stage.name, folder);
  return folder;
}

/** Plays `docker build [--target STAGE] -t TAG .`: its flags, its stages, and that what is copied out of a stage is there. */
export async function buildImage(reader: Reader, command: string): Promise<void> {
  const { target = null, tag = '' } =
    /^docker build(?: --target (?<target>\w+))? -t (?<tag>\S+) \.$/.exec(command)?.groups ?? {};
  expect(IMAGES).toHaveProperty([tag]);
  expect(target ?? null).toBe(IMAGES[tag]);
  const stages = readDockerfile(readFileSync(`${ROOT}Dockerfile`, 'utf8'));
  for (const { instruction, text } of chainOf(stages, target ?? null).flatMap(({ steps }) => steps)) {
    const [, from, path] = /^--from=(\w+) .*?\/app\/(\S+) /.exec(text) ?? [];
    if (instruction !== 'COPY' || from === undefined || path === undefined) continue;
    const [stage] = chainOf(stages, from);
    if (stage === undefined) throw new Error(`there is no stage ${from}`);
    expect(existsSync(join(await playOnce(reader, stage), path, 'index.js'))).toBe(true);
  }
}
