import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AUDIT_FILE } from '../../src/store/audit.ts';
import { binary } from '../binary.ts';
import { stateDirectory } from '../store/directory.ts';

/** Runs the program with a stdout whose reader goes away at once; how it ended. */
async function intoClosedPipe(args: readonly string[], stateDir: string) {
  const child = spawn(process.execPath, [await binary(), ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: stateDir, GPU_MCP_STATE_DIR: stateDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stderr };
}

it.each([
  [['sandbox', '--port', '0']],
  [['audit', '--json']],
  [['audit', '--csv']],
  [['watch', '--sandbox']],
  [['call', '--sandbox', 'list_machines']],
])('%j in a closed pipe ends quietly', async (args) => {
  const stateDir = await stateDirectory();
  await mkdir(stateDir, { recursive: true });
  const line = {
    at: '2026-03-28T14:00:00.123Z',
    session: 's',
    tool: 'create_pod',
    ref: null,
    summary: 'x'.repeat(500),
    usd_per_hour: null,
    usd_upfront: null,
    answer: 'person',
    outcome: 'done',
  };
  await writeFile(join(stateDir, AUDIT_FILE), `${JSON.stringify(line)}\n`.repeat(1_000));
  const { code, stderr } = await intoClosedPipe(args, stateDir);
  expect(stderr).not.toMatch(/EPIPE|Error|\n\s+at /);
  expect(code).toBe(0);
});
