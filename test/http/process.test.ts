import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { LOADED } from '../../src/app.ts';
import { SERVER_LOGS } from '../../src/http/messages.ts';
import { binary } from '../binary.ts';
import { VOLT_POD } from '../harness.ts';
import { later, soon, tempDir } from './start.ts';
import { agreed, eventsOf, isQuestion, isResult, openWire, refusal, until } from './wire.ts';

/** The program as a process of its own, once it listens. */
async function launch(...flags: string[]) {
  const child = spawn(
    process.execPath,
    [
      await binary(),
      'serve',
      '--http',
      '--sandbox',
      '--results',
      'both',
      '--port',
      '0',
      '--state-dir',
      await tempDir(),
      ...flags,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  later(async () => {
    child.kill('SIGKILL');
  });
  const exit = once(child, 'exit').then(([code]) => Number(code));
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  await soon(() => text).toContain(SERVER_LOGS.serving);
  return { child, exit, log: () => text, mcp: /"url":"([^"]+)"/.exec(text)?.[1] ?? '' };
}

// If sources have changed, the program is built first, which takes long on a busy machine.
beforeAll(async () => {
  await binary();
}, 120_000);

describe('the process', () => {
  it('on SIGTERM lets an agreed order end, refuses new calls, and exits 0', async () => {
    const { child, exit, mcp } = await launch();
    const session = await openWire(mcp);
    const stream = eventsOf(await session.call('create_pod', VOLT_POD));
    const question = await until(stream, isQuestion);
    child.kill('SIGTERM');
    await soon(async () => (await fetch(mcp.replace('/mcp', '/readyz'))).status).toBe(503);
    expect(await refusal(await session.call('list_pods'))).toMatchObject({ status: 503 });
    await session.answer(question.id ?? 0, agreed(question));
    const done = await until(stream, isResult);
    expect(done.result?.structuredContent).toMatchObject({ status: 'done', sandbox: true });
    expect(await exit).toBe(0);
  });

  it('loads what the first call needs before any call comes, and writes JSON lines alone to stderr', async () => {
    const { child, exit, log, mcp } = await launch('--log-level', 'debug');
    await soon(log).toContain(LOADED);
    await openWire(mcp);
    child.kill('SIGINT');
    expect(await exit).toBe(0);
    const lines = log().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(
      expect.arrayContaining([SERVER_LOGS.serving, 'http request', 'draining']),
    );
  });
});
