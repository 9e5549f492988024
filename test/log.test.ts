import { afterEach, expect, it, vi } from 'vitest';
import { CLOUDS, keyFormsOf } from '../src/clouds/index.ts';
import { createLog } from '../src/log.ts';
import { createRedactor } from '../src/outbound/redact.ts';

afterEach(() => vi.restoreAllMocks());

/** What one event at level error writes to stderr. */
function written(fields: Record<string, unknown>): string {
  const lines: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  createLog(
    'info',
    createRedactor(['sk-canary-0123'], keyFormsOf(CLOUDS)),
  )({ level: 'error', msg: 'x', ...fields });
  return lines.join('');
}

it('a text of a caller is cut, however long it is', () => {
  const line = written({ tool: 'eyJ-'.repeat(250_000), deep: { names: ['a'.repeat(100_000)] } });
  expect(line.length).toBeLessThan(3_000);
  expect(JSON.parse(line)).toMatchObject({ level: 'error', msg: 'x' });
});

it('a secret is replaced before the text is cut, so that no part of it is left at the end', () => {
  for (let before = 980; before < 1_010; before += 1) {
    expect(written({ tool: `${' '.repeat(before)}sk-canary-0123` })).not.toContain('sk-can');
  }
});
