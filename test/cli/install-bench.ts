import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Place } from '../../src/cli/install/clients/client.ts';
import type { InstallContext } from '../../src/cli/install/context.ts';
import type { InstallPlan } from '../../src/cli/install/plan.ts';
import type { Verdict } from '../../src/cli/install/verify.ts';
import { createPaint } from '../../src/cli/terminal/screen.ts';

/** A machine of its own in a temporary folder: its home, a project, and a package that runs from node_modules. */
export interface TestBench extends InstallContext {
  home: string;
  place: Place;
  printed: string[];
  verified: InstallPlan[];
  /** The keys that were tried, each behind the name of its cloud. */
  tried: string[];
  /** Writes a file of that machine and returns its path. */
  put(path: string, text: string): string;
}

/** The file of Cursor, whose form is the most common among clients. */
export const cursorFile = (home: string): string => join(home, '.cursor', 'mcp.json');
/** Our entry in a file of that form. */
export const entryIn = (file: string) => JSON.parse(readFileSync(file, 'utf8')).mcpServers['gpu-cloud'];

export const VOLT_KEY = 'volt_canary_1111222233334444';
export const NEBULA_KEY = 'nebula-canary-5555666677778888';

export function testBench(
  env: Record<string, string> = { VOLT_API_KEY: VOLT_KEY },
  verdict: Verdict = { ok: true, tools: 39 },
): TestBench {
  const root = mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-install-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const home = join(root, 'home');
  const cwd = join(root, 'project');
  const script = join(root, 'npx', 'node_modules', 'gpu-cloud-mcp', 'dist', 'index.js');
  const put = (path: string, text: string): string => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  put(script, '');
  mkdirSync(home);
  mkdirSync(cwd);
  const printed: string[] = [];
  const verified: InstallPlan[] = [];
  const tried: string[] = [];
  return {
    home,
    place: { platform: 'linux', home, cwd, env },
    script,
    hiddenNode: null,
    stateDir: join(home, '.local', 'state', 'gpu-cloud-mcp'),
    now: () => new Date('2026-11-22T07:03:01.000Z'),
    print: (text) => printed.push(text),
    paint: createPaint(false),
    columns: 80,
    verify: async (plan) => {
      verified.push(plan);
      return verdict;
    },
    tryKeys: async (keys) => {
      tried.push(...keys.map(({ cloud, key }) => `${cloud} ${key}`));
      return [];
    },
    ask: null,
    tried,
    printed,
    verified,
    put,
  };
}
