import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startProgram } from '../child.ts';

/** Runs the program in a home of its own; the reader of its output goes away before the first byte, or after it. */
async function piped(args: readonly string[], after: 'nothing' | 'first byte') {
  const child = await startProgram(args);
  child.process.stdin.end();
  if (after === 'first byte') await once(child.process.stdout, 'data');
  child.process.stdout.destroy();
  const { code, stderr } = await child.ended;
  return { home: child.home, code, stderr };
}

it.each([
  ['install', 'nothing', ['cursor', '--sandbox', '--no-verify']],
  ['tools', 'first byte', ['--sandbox', '--json']],
  ['watch', 'nothing', ['--sandbox']],
  ['demo', 'nothing', []],
  ['audit', 'nothing', ['--csv']],
] as const)(
  '%s ends quietly when the reader of its output goes away after %s',
  async (command, after, args) => {
    const { home, code, stderr } = await piped([command, ...args], after);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    if (command !== 'install') return;
    const folder = join(home, '.cursor');
    expect(readdirSync(folder)).toEqual(['mcp.json']);
    const { mcpServers } = JSON.parse(readFileSync(join(folder, 'mcp.json'), 'utf8'));
    expect(Object.keys(mcpServers)).toHaveLength(1);
  },
);
