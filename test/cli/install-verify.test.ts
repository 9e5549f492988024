import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { verify } from '../../src/cli/install/verify.ts';

/** A port of this machine on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const started = (script: string) =>
  verify(
    { kind: 'stdio', command: process.execPath, args: ['-e', script], values: {}, references: [] },
    { PATH: process.env.PATH },
  );

describe('the handshake of an installation that fails', () => {
  it('says why nothing answers at a URL', async () => {
    const url = `http://127.0.0.1:${await freePort()}/mcp`;
    const verdict = await verify({ kind: 'http', url, token: null }, {});
    expect(verdict).toEqual({ ok: false, problem: expect.stringMatching(/ECONNREFUSED/) });
  });

  it('repeats the last words of a server that ends at once, and no line of its log', async () => {
    const words = ['first', 'A key is missing.', '{"level":"error","msg":"log"}'].join('\\n');
    expect(await started(`process.stderr.write('${words}\\n'); process.exitCode = 2`)).toEqual({
      ok: false,
      problem: 'A key is missing.',
    });
  });

  it('says that a program which is none cannot be started', async () => {
    const server = { kind: 'stdio' as const, args: [], values: {}, references: [] };
    const verdict = await verify({ ...server, command: 'no-such-program-here' }, { PATH: process.env.PATH });
    expect(verdict).toEqual({ ok: false, problem: expect.stringMatching(/no-such-program-here ENOENT/) });
  });
});
