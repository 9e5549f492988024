import { expect, it } from 'vitest';
import { configBlock, withBlock } from '../../src/cli/commands/ssh-client.ts';

it('a block ends before the options that follow it in the file', () => {
  const login = { host: '203.0.113.7', port: 2222, user: 'root', alias: 'gpu-a' };
  const file = withBlock('ServerAliveInterval 17\n', configBlock(login, 'volt:pod:a', '/k'), 'gpu-a');
  const sections = file.split('\n').filter((line) => /^(?:Host|Match) |^ServerAlive/.test(line));
  expect(sections).toEqual(['Host gpu-a', 'Match all', 'ServerAliveInterval 17']);
});
