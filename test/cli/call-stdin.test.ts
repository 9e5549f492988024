import { expect, it } from 'vitest';
import { startProgram } from '../child.ts';

it.each([
  ['{"limit": 1}', 0, /^1 of \d+ machines/m],
  ['', 0, /machine \| gpu/],
  ['[1]', 2, /\bJSON\b.*\blimit=5\b/],
])('call TOOL - reads its arguments from stdin: %j', async (input, code, says) => {
  const child = await startProgram(['call', 'list_machines', '-', '--sandbox']);
  child.process.stdin.end(input);
  const ended = await child.ended;
  expect(ended.code, ended.stderr).toBe(code);
  expect(`${ended.stdout}${ended.stderr}`).toMatch(says);
});
