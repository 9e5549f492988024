import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { FILE_UNUSABLE } from '../../src/http/tokens.ts';
import { soon, start, tempDir } from './start.ts';
import { INITIALIZE, openWire, post, raw, statusOf } from './wire.ts';

/** Replaces a file at once, so that nobody reads it half written. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('callers with static tokens', () => {
  it('never see or leave their token anywhere, even if they say it themselves', async () => {
    const file = join(await tempDir(), 'tokens');
    await writeFile(file, 'anna:anna-token-of-the-file\n');
    const { mcp, runtimes } = await start({ config: { GPU_MCP_HTTP_TOKEN_FILE: file } });
    const anna = await openWire(mcp, bearer('anna-token-of-the-file'));
    const answers = [
      await (await anna.send('tools/call', { name: 'anna-token-of-the-file', arguments: {} })).text(),
      await (await anna.send('prompts/get', { name: 'anna-token-of-the-file' })).text(),
    ];
    expect(answers.join('')).not.toContain('anna-token-of-the-file');
    // Each line of the log passes this.
    expect(runtimes[0]?.redact('tool anna-token-of-the-file')).toBe('tool [redacted]');
  });

  it('have it hidden also by a server that was started again and goes on with their session', async () => {
    const file = join(await tempDir(), 'tokens');
    await writeFile(file, 'anna:anna-token-of-the-file\n');
    const config = { GPU_MCP_HTTP_TOKEN_FILE: file, GPU_MCP_STATE_DIR: await tempDir() };
    const before = await start({ config });
    const anna = await openWire(before.mcp, bearer('anna-token-of-the-file'));
    await before.server.drain();
    const after = await start({ config });
    const name = 'anna-token-of-the-file';
    const body = { jsonrpc: '2.0', id: 1, method: 'prompts/get', params: { name, arguments: {} } };
    const answer = await post(after.mcp, body, anna.headers);
    expect([answer.status, await answer.text()]).toEqual([200, expect.not.stringContaining(name)]);
    expect(after.runtimes[0]?.redact(`tool ${name}`)).toBe('tool [redacted]');
  });

  it('get 401 with a challenge without a token or with a wrong one', async () => {
    const { mcp } = await start({ config: { GPU_MCP_HTTP_TOKEN: 'right-token' } });
    const none = await post(mcp, INITIALIZE);
    expect(none.headers.get('www-authenticate')).toBe('Bearer realm="gpu-cloud-mcp"');
    expect(none.status).toBe(401);
    const wrong = await post(mcp, INITIALIZE, bearer('wrong-token'));
    expect(wrong.headers.get('www-authenticate')).toMatch(/error="invalid_token"/);
    expect(wrong.status).toBe(401);
    expect((await post(mcp, INITIALIZE, { authorization: 'Basic cmlnaHQtdG9rZW4=' })).status).toBe(401);
    expect((await post(`${mcp}?token=right-token&access_token=right-token`, INITIALIZE)).status).toBe(401);
    expect((await post(mcp, INITIALIZE, bearer('right-token'))).status).toBe(200);
  });

  it('get 429 after too many wrong ones, while right ones still work', async () => {
    const { mcp } = await start({
      config: { GPU_MCP_HTTP_TOKEN: 'right-token' },
      limits: { refusalsPerMinute: 3 },
    });
    const statuses = [];
    for (let time = 0; time < 4; time += 1)
      statuses.push((await post(mcp, INITIALIZE, bearer('wrong'))).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect((await post(mcp, INITIALIZE, bearer('right-token'))).status).toBe(200);
  });

  it('have names, and are added and removed with the file', async () => {
    const file = join(await tempDir(), 'tokens');
    await writeFile(file, '# the team\nanna:anna-token\nben:ben-token:read\n');
    const { mcp, logs } = await start({ config: { GPU_MCP_HTTP_TOKEN_FILE: file }, limits: { sweepMs: 5 } });
    const anna = await openWire(mcp, bearer('anna-token'));
    expect((await anna.send('ping')).status).toBe(200);
    expect(logs.find(({ msg }) => msg === 'http request')).toMatchObject({ caller: 'token:anna' });
    await replace(file, 'anna:anna-second\n');
    await soon(async () => (await anna.send('ping')).status).toBe(401);
    expect((await post(mcp, INITIALIZE, bearer('anna-token'))).status).toBe(401);
    await openWire(mcp, bearer('anna-second'));
    await soon(() => logs.some(({ msg }) => msg === 'session ended')).toBe(true);
    await replace(file, 'this is not a token file\n');
    await soon(() => logs.some(({ level, msg }) => level === 'error' && msg === FILE_UNUSABLE)).toBe(true);
    expect((await post(mcp, INITIALIZE, bearer('anna-second'))).status).toBe(200);
  });

  it('cannot use each other’s sessions', async () => {
    const file = join(await tempDir(), 'tokens');
    await writeFile(file, 'anna:anna-token\nben:ben-token\n');
    const { mcp } = await start({ config: { GPU_MCP_HTTP_TOKEN_FILE: file } });
    const anna = await openWire(mcp, bearer('anna-token'));
    const stolen = { ...anna.headers, ...bearer('ben-token') };
    expect((await post(mcp, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, stolen)).status).toBe(404);
    expect((await fetch(mcp, { method: 'DELETE', headers: stolen })).status).toBe(404);
    expect((await fetch(mcp, { headers: { ...stolen, accept: 'text/event-stream' } })).status).toBe(404);
    expect((await anna.send('ping')).status).toBe(200);
  });

  it('are limited to a number of requests a minute, each separately', async () => {
    const file = join(await tempDir(), 'tokens');
    await writeFile(file, 'anna:anna-token\nben:ben-token\n');
    const { mcp } = await start({
      config: { GPU_MCP_HTTP_TOKEN_FILE: file },
      limits: { requestsPerMinute: 3 },
    });
    const anna = await openWire(mcp, bearer('anna-token'));
    expect((await anna.send('ping')).status).toBe(200);
    const over = await anna.send('ping');
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(over.status).toBe(429);
    expect((await post(mcp, INITIALIZE, bearer('ben-token'))).status).toBe(200);
  });
});

describe('hosts and origins', () => {
  const ask = (host: string, extra = '') => [
    `GET /mcp HTTP/1.1\r\nHost: ${host}\r\nAccept: text/event-stream\r\n${extra}\r\n`,
  ];

  it('refuse the host names of DNS rebinding', async () => {
    const { url } = await start();
    const { port } = new URL(url);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1.evil.example',
      'localhost.evil.example',
    ]) {
      expect([host, statusOf(await raw(url, ask(host)))]).toEqual([host, 403]);
    }
    expect(statusOf(await raw(url, ask('')))).toBeGreaterThanOrEqual(400);
    expect(statusOf(await raw(url, ask('localhost\r\nHost: evil.example')))).toBeGreaterThanOrEqual(400);
    for (const host of ['localhost', `LOCALHOST:${port}`, '127.0.0.1:1', '[::1]']) {
      expect([host, statusOf(await raw(url, ask(host)))]).toEqual([host, 400]);
    }
  });

  it('accept what the operator lists, with its port when one is given', async () => {
    const { url } = await start({
      config: {
        GPU_MCP_ALLOWED_HOSTS: 'gpu.example, other.example:8443',
        GPU_MCP_PUBLIC_URL: 'https://pub.example/x',
      },
    });
    const statuses = [];
    for (const host of ['gpu.example:1', 'other.example:8443', 'other.example', 'pub.example'])
      statuses.push(statusOf(await raw(url, ask(host))));
    expect(statuses).toEqual([400, 400, 403, 400]);
  });

  it('refuse web pages of other origins and send the CORS headers for accepted ones', async () => {
    const { mcp } = await start({ config: { GPU_MCP_ALLOWED_ORIGINS: 'https://app.example' } });
    const from = async (origin: string) => (await post(mcp, INITIALIZE, { origin })).status;
    expect(await from('https://evil.example')).toBe(403);
    expect(await from('null')).toBe(403);
    expect(await from('http://localhost.evil.example')).toBe(403);
    expect(await from('https://app.example')).toBe(200);
    expect(await from('http://localhost:6274')).toBe(200);
    const preflight = await fetch(mcp, { method: 'OPTIONS', headers: { origin: 'https://app.example' } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/Mcp-Session-Id/);
    expect(preflight.headers.get('access-control-max-age')).toBe('600');
    const answered = await post(mcp, INITIALIZE, { origin: 'https://app.example' });
    expect(answered.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(answered.headers.get('access-control-expose-headers')).toMatch(/Mcp-Session-Id/);
    expect(answered.headers.get('vary')).toBe('Origin');
    const unknown = await post(
      mcp,
      { jsonrpc: '2.0', id: 1, method: 'ping' },
      { origin: 'https://app.example' },
    );
    expect([unknown.status, unknown.headers.get('access-control-allow-origin')]).toEqual([
      400,
      'https://app.example',
    ]);
    // Not a browser's question.
    expect((await fetch(mcp, { method: 'OPTIONS' })).status).toBe(405);
  });
});

describe('starting', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1'])('on %s without protection ends with exit code 2', async (host) => {
    const words: string[] = [];
    const write = process.stderr.write;
    process.stderr.write = (text) => words.push(String(text)) > 0;
    try {
      expect(await runProgram(['node', 'x', 'serve', '--http', '--sandbox', '--host', host])).toBe(2);
    } finally {
      process.stderr.write = write;
    }
    expect(words.join('')).toMatch(/^[^\n]*GPU_MCP_HTTP_TOKEN.*\n$/);
  });
});
