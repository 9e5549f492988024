import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { binary } from '../binary.ts';
import { play } from './play.ts';
import { SANDBOX } from './program.ts';

let home = '';
let program = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-interop-'));
  program = await binary();
}, 60_000);
afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 10 }));

play(
  'stdio',
  async () => ({
    transport: 'stdio',
    command: process.execPath,
    args: [program, 'serve', ...SANDBOX, '--state-dir', join(home, 'state'), '--log-level', 'error'],
    home,
  }),
  (client, { oneCall }) => (oneCall === true ? null : client),
);
