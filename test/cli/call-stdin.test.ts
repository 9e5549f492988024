import { Readable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { startProgram } from '../child.ts';
import { naming } from '../facts.ts';
import { runHere } from './here.ts';

const ARGS = ['call', 'list_machines', '-', '--sandbox'];

it('call TOOL - reads its arguments from stdin', async () => {
  const child = await startProgram(ARGS);
  child.process.stdin.end('{"limit": 1}');
  const { code, stdout, stderr } = await child.ended;
  expect(code, stderr).toBe(0);
  expect(stdout.match(/:machine:/g)).toHaveLength(1);
});

it.each([
  ['', 0, /:machine:.*\n.*:machine:/],
  ['[1]', 2, naming('JSON', 'limit=5')],
])('of %j on stdin takes no arguments for none, and refuses what is no object', async (input, code, says) => {
  const stdin = vi
    .spyOn(process, 'stdin', 'get')
    .mockReturnValue(Object.assign(Readable.from([input]), { fd: 0 }) as typeof process.stdin);
  const said = await runHere(ARGS).finally(() => stdin.mockRestore());
  expect(said.code, said.stderr).toBe(code);
  expect(`${said.stdout}${said.stderr}`).toMatch(says);
});
