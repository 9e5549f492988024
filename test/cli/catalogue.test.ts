import { readFileSync } from 'node:fs';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { TOOLS } from '../../src/tools/index.ts';
import { runProgram } from '../child.ts';
import { BOTH, surfaceOf, visible } from '../surface/surfaces.ts';
import { runHere } from './here.ts';

const rows = (stdout: string) => stdout.trimEnd().split('\n');

describe('tools', () => {
  it('shows a line a tool: name, effect, whether it asks, what it is for', async () => {
    const { code, stdout, stderr } = await runHere(['tools', '--sandbox']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = rows(stdout);
    expect(lines.map((line) => line.split(/\s+/).slice(0, 2))).toEqual(
      TOOLS.map(({ name, effect }) => [name, effect]),
    );
    for (const [index, tool] of TOOLS.entries()) {
      const [columns = ''] = (lines[index] ?? '').split('~');
      expect(/\basks\b/.test(columns), tool.name).toBe(tool.gated);
    }
  });

  it('--json is the very list that clients get, each tool with its tokens, estimated within a fifth', async () => {
    const { code, stdout } = await runHere(['tools', '--json', '--sandbox']);
    expect(code).toBe(0);
    const { listed } = await surfaceOf(BOTH);
    const rows: { tokens: number }[] = JSON.parse(stdout);
    expect(rows.map(({ tokens: _tokens, ...tool }) => tool)).toEqual(listed);
    const ratios = listed.map(
      (tool, at) => (rows[at]?.tokens ?? 0) / encode(JSON.stringify(visible(tool))).length,
    );
    expect(Math.min(...ratios)).toBeGreaterThan(0.8);
    expect(Math.max(...ratios)).toBeLessThan(1.2);
  });

  it('knows the settings: read-only and toolsets', async () => {
    const { stdout } = await runHere(['tools', '--sandbox', '--read-only', '--toolsets', 'pods']);
    const expected = TOOLS.filter(({ effect, toolset }) => effect === 'read' && toolset === 'pods');
    expect(rows(stdout).map((line) => line.split(' ')[0])).toEqual(expected.map(({ name }) => name));
  });

  it('warns on stderr of a misspelt setting', async () => {
    const { code, stderr } = await runHere(['tools', '--sandbox'], { GPU_MCP_READONLY: '1' });
    expect(code).toBe(0);
    expect(stderr).toContain('GPU_MCP_READ_ONLY');
  });

  it('shows one cloud alone when one key is set', async () => {
    const { stdout } = await runHere(['tools'], { VOLT_API_KEY: 'volt_x1234' });
    expect(stdout).not.toMatch(/nebula/i);
    expect(stdout).toMatch(/submit_finetune/);
  });
});

describe('the command line', () => {
  it('--version is the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await runProgram(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('a flag wins over its variable', async () => {
    const { code, stdout } = await runHere(['tools', '--sandbox', '--toolsets', 'machines'], {
      GPU_MCP_TOOLSETS: 'jobs',
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^list_machines/);
    expect(stdout).not.toMatch(/list_jobs/);
  });
});
