import { describe, expect, it } from 'vitest';
import { soon, start } from './start.ts';
import {
  eventsOf,
  INITIALIZE,
  isQuestion,
  JSON_HEADERS,
  openWire,
  post,
  raw,
  refusal,
  statusOf,
  until,
} from './wire.ts';

const MODEL = 'black-forest-labs/FLUX.1-schnell';

const head = (more: string) =>
  `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: application/json, text/event-stream\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;

describe('hostile input', () => {
  it('is too large: declared, undeclared, or in its headers', async () => {
    const { mcp, url } = await start();
    const large = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'ping',
      params: { x: 'x'.repeat(1024 * 1024) },
    });
    expect(await refusal(await post(mcp, large))).toMatchObject({
      status: 413,
      message: /1048576/,
    });
    const chunk = `10000\r\n${'y'.repeat(0x10000)}\r\n`;
    const chunked = await raw(url, [head('Transfer-Encoding: chunked'), ...Array<string>(20).fill(chunk)]);
    expect(statusOf(chunked)).toBe(413);
    expect(statusOf(await raw(url, [head('Content-Length: 99999999999')]))).toBe(413);
    expect(statusOf(await raw(url, [head(`X-Long: ${'z'.repeat(40_000)}`)]))).toBe(431);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('is larger only if it is a call that may hold images, and then as large as over stdio, so many at a time', async () => {
    const { mcp, url } = await start({ limits: { largeBodies: 2, largeBodiesPerCaller: 1 } });
    const session = await openWire(mcp);
    const png = Buffer.alloc(1_600_000);
    png.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const image = png.toString('base64');
    const args = { model: MODEL, prompt: 'brighter', image };
    const first = await session.call('generate_image', args);
    const stream = eventsOf(first);
    // The place is taken for as long as a person thinks.
    expect((await until(stream, isQuestion)).params?.message).toContain('Type "');
    expect(await refusal(await session.call('generate_image', args))).toMatchObject({ status: 429 });
    await stream.return(undefined);
    const statusFor = async (tool: string, given: object) => {
      const response = await session.call(tool, given);
      await response.body?.cancel();
      return response.status;
    };
    await soon(() => statusFor('generate_image', args)).toBe(200);
    await soon(() => statusFor('list_pods', { cloud: image })).toBe(413);
    const begin =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"generate_image","arguments":{"image":"';
    const chunks = Array<string>(170).fill(`10000\r\n${'A'.repeat(0x10000)}\r\n`);
    const opening = `${begin.length.toString(16)}\r\n${begin}\r\n`;
    expect(statusOf(await raw(url, [head('Transfer-Encoding: chunked'), opening, ...chunks]))).toBe(413);
    expect(statusOf(await raw(url, [head('Content-Length: 10485761')]))).toBe(413);
  });

  it('just fits', async () => {
    const { mcp } = await start();
    const session = await openWire(mcp);
    const bare = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping', params: { x: '' } });
    const padding = 'x'.repeat(1024 * 1024 - bare.length);
    const response = await post(mcp, bare.replace('""', `"${padding}"`), session.headers);
    expect(response.status).toBe(200);
  });

  it('is cut short', async () => {
    const { url, logs } = await start();
    await raw(url, [`${head('Content-Length: 500')}{"jsonrpc"`], 60);
    await soon(() => logs.some(({ msg, aborted }) => msg === 'http request' && aborted === true)).toBe(true);
    expect(logs.filter(({ level }) => level === 'error')).toEqual([]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('is of another type, compressed, or not JSON in UTF-8', async () => {
    const { mcp } = await start();
    const text = JSON.stringify(INITIALIZE);
    const as = async (headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer> = text) =>
      (await fetch(mcp, { method: 'POST', headers: { ...JSON_HEADERS, ...headers }, body })).status;
    expect(await as({ 'content-type': 'text/plain' })).toBe(415);
    expect(await as({ 'content-type': 'application/jsonp' })).toBe(415);
    expect(await as({ 'content-encoding': 'gzip' })).toBe(415);
    expect(await as({ 'content-type': 'application/json; charset=utf-8' })).toBe(200);
    expect(await as({}, '{"jsonrpc": "2.0", ')).toBe(400);
    expect(await as({}, '')).toBe(400);
    expect(await as({}, new Uint8Array([0x22, 0xff, 0x22]))).toBe(400);
    expect(await refusal(await post(mcp, '{'))).toMatchObject({ status: 400, code: -32700 });
  });

  it('is a batch, no message, or nested without end', async () => {
    const { mcp } = await start();
    const session = await openWire(mcp);
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    expect(await refusal(await post(mcp, [ping, ping], session.headers))).toMatchObject({
      status: 400,
      code: -32600,
      message: /Batches/,
    });
    expect((await post(mcp, [INITIALIZE])).status).toBe(400);
    for (const body of ['[]', '1', 'null', '"x"', '{}', '{"jsonrpc":"1.0","id":1,"method":"ping"}']) {
      expect([body, (await post(mcp, body, session.headers)).status]).toEqual([body, 400]);
    }
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect((await post(mcp, deep, session.headers)).status).toBe(400);
    const nested = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list_pods","arguments":{"x":${deep}}}}`;
    expect([200, 400]).toContain((await post(mcp, nested, session.headers)).status);
    const proto =
      '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"__proto__","arguments":{"__proto__":{"a":1}}}}';
    expect((await post(mcp, proto, session.headers)).status).toBe(200);
    expect((await session.send('ping')).status).toBe(200);
  });

  it('does not come past the token by path', async () => {
    const { url, logs } = await start({ config: { GPU_MCP_HTTP_TOKEN: 'secret-token' } });
    for (const line of [
      'GET /mcp/../metrics',
      'GET //mcp',
      'GET /MCP',
      'GET /mcp/',
      'GET /mcp%2f..%2fmetrics',
      'GET /%2e%2e/metrics',
      'GET /metrics;x',
      'GET http://evil.example/metrics',
      'GET /..\\metrics',
      'GET /%00',
      'TRACE /mcp',
      'GET *',
    ]) {
      const request = `${line} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`;
      const text = await raw(url, [request]);
      expect([line, Math.floor(statusOf(text) / 100), text.includes('gpu_mcp_')]).toEqual([line, 4, false]);
    }
    expect(logs.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('is not HTTP, or smuggles a second request', async () => {
    const { url } = await start();
    const garbage = await raw(url, ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n']);
    expect(statusOf(garbage)).toBe(400);
    const both = head('Content-Length: 5\r\nTransfer-Encoding: chunked');
    expect(statusOf(await raw(url, [`${both}0\r\n\r\nGET /metrics HTTP/1.1\r\n`]))).toBe(400);
  });

  it('comes too slowly: headers, then body', async () => {
    const { url } = await start({ limits: { headersTimeoutMs: 60, requestTimeoutMs: 120, sweepMs: 20 } });
    const headers = await raw(url, ['POST /mcp HTTP/1.1\r\nHost: local']);
    expect(statusOf(headers)).toBe(408);
    const body = await raw(url, [`${head('Content-Length: 100')}{"a":`]);
    expect([0, 400, 408]).toContain(statusOf(body));
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('never reads its answer', async () => {
    const { url, mcp } = await start({ limits: { stalledMs: 80, streamCommentMs: 5000 } });
    const session = await openWire(mcp);
    const stream = await session.get();
    const ended = (async () => {
      for await (const _chunk of stream.body ?? []);
    })();
    await expect(ended).rejects.toThrow();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});
