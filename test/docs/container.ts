import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { verify } from '../../src/cli/install/verify.ts';
import { ROOT } from '../architecture/source.ts';
import { chainOf, IMAGES, imageOf, readDockerfile } from './dockerfile.ts';
import type { Machine } from './machine.ts';
import { startShell } from './shell.ts';

const composeFile = z.looseObject({
  services: z.looseObject({
    'gpu-cloud-mcp': z.looseObject({
      build: z.object({ context: z.literal('.'), target: z.string() }),
      command: z.array(z.string()).optional(),
      environment: z.record(z.string(), z.string()),
      volumes: z.array(z.string()),
      secrets: z.array(z.string()),
      expose: z.array(z.string()),
    }),
  }),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

/** The content of the secrets of the compose file, as its comments say: two keys, and tokens of two colleagues. */
const SECRETS: Readonly<Record<string, string>> = {
  volt_api_key: 'volt_a_key_of_the_team\n',
  nebula_api_key: 'a-key-of-the-team\n',
  tokens: `anna:${'a1'.repeat(32)}\nben:${'b2'.repeat(32)}:read\n`,
};

const quoted = (words: readonly string[]): string =>
  words.map((word) => `'${word.replace('0.0.0.0', '127.0.0.1')}'`).join(' ');

const toolsWith = async (url: string, token: string): Promise<number> => {
  const verdict = await verify({ kind: 'http', url, token: 'TOKEN' }, { TOKEN: token });
  expect(verdict.ok, JSON.stringify(verdict)).toBe(true);
  return verdict.ok ? verdict.tools : 0;
};

/** Starts what the example compose file starts, secrets in files, and accepts the tokens of two colleagues and no other. */
export async function playCompose(machine: Machine): Promise<void> {
  const compose = composeFile.parse(parse(readFileSync(`${ROOT}compose.example.yaml`, 'utf8')));
  const service = compose.services['gpu-cloud-mcp'];
  expect(Object.keys(compose.secrets).toSorted()).toEqual(Object.keys(SECRETS).toSorted());
  expect(service.secrets.toSorted()).toEqual(Object.keys(SECRETS).toSorted());
  const stages = readDockerfile(readFileSync(`${ROOT}Dockerfile`, 'utf8'));
  const image = imageOf(stages, service.build.target);
  expect(service.volumes).toEqual([`state:${image.env.GPU_MCP_STATE_DIR}`]);
  expect(service.expose).toEqual(image.exposes);
  const { VOLT_API_KEY, NEBULA_API_KEY, ...environment } = machine.environment();
  const secrets = join(environment.HOME ?? '', 'secrets');
  mkdirSync(secrets);
  for (const [name, text] of Object.entries(SECRETS))
    writeFileSync(join(secrets, name), text, { mode: 0o600 });
  const settings = Object.entries(service.environment).map(([name, value]) => [
    name,
    value.replace('/run/secrets', secrets),
  ]);
  const state = { GPU_MCP_STATE_DIR: join(secrets, '..', 'state') };
  const env = { ...environment, ...image.env, ...state, ...Object.fromEntries(settings) };
  const start = quoted([...image.entrypoint, ...(service.command ?? image.cmd)]);
  const server = startShell([start], machine.folder, env);
  const [, url = ''] = await server.until(/"url":"([^"]+)"/);
  const checkHealth = async (): Promise<number | null> => {
    const port = { GPU_MCP_HTTP_PORT: new URL(url).port };
    return startShell([quoted(image.healthcheck ?? [])], machine.folder, { ...env, ...port }).ended;
  };
  expect((await fetch(url, { method: 'POST' })).status).toBe(401);
  expect(await toolsWith(url, 'a1'.repeat(32))).toBeGreaterThan(await toolsWith(url, 'b2'.repeat(32)));
  expect(await checkHealth()).toBe(0);
  server.signal('SIGTERM');
  expect(await server.ended).toBe(0);
  expect(await checkHealth()).toBe(1);
}

/** Of each image that the pages build: its stage is there, and the build context has every file that its stages copy and run. */
export function inspectBuilds(commands: readonly string[]): void {
  const stages = readDockerfile(readFileSync(`${ROOT}Dockerfile`, 'utf8'));
  const [all, ...exceptions] = readFileSync(`${ROOT}.dockerignore`, 'utf8').trim().split('\n');
  expect(all).toBe('*');
  const context = exceptions.map((line) => line.replace(/^!/, ''));
  const built = commands.map(
    (command) => /^docker build(?: --target (\w+))? -t (\S+) \.$/.exec(command) ?? [],
  );
  const targets = built.map(([, target, tag = '']) => [tag, target ?? null]);
  expect(Object.fromEntries(targets)).toEqual(IMAGES);
  for (const target of Object.values(IMAGES)) chainOf(stages, target);
  for (const { instruction, text } of stages.flatMap(({ steps }) => steps)) {
    const [, script] = /^RUN node (\S+)$/.exec(`${instruction} ${text}`) ?? [];
    if (script !== undefined) expect(existsSync(`${ROOT}${script}`), script).toBe(true);
    if (instruction !== 'COPY') continue;
    const [, from] = /^--from=(\w+)/.exec(text) ?? [];
    if (from !== undefined) chainOf(stages, from);
    else
      for (const file of text.split(' ').slice(0, -1)) {
        expect(context).toContain(file);
        expect(existsSync(`${ROOT}${file}`), file).toBe(true);
      }
  }
}

/** What the images are by default: stdio without a port or a health check, HTTP with both. */
export function inspectImages(): void {
  const stages = readDockerfile(readFileSync(`${ROOT}Dockerfile`, 'utf8'));
  expect(imageOf(stages, null)).toMatchObject({ cmd: ['serve'], exposes: [], healthcheck: null });
  const http = imageOf(stages, 'http');
  expect(http).toMatchObject({ cmd: ['serve', '--http', '--host', '0.0.0.0'], exposes: ['8484'] });
  expect(http.healthcheck?.slice(0, 2)).toEqual(['node', '-e']);
}
