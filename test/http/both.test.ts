import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { envelope, REVISION } from './modern-wire.ts';
import { start } from './start.ts';
import { INITIALIZE, JSON_HEADERS } from './wire.ts';

/** The first request of a client, in each revision. */
const FIRST = {
  '2025-11-25': { headers: JSON_HEADERS, body: INITIALIZE },
  '2026-07-28': {
    headers: { ...JSON_HEADERS, 'mcp-protocol-version': REVISION, 'mcp-method': 'server/discover' },
    body: { jsonrpc: '2.0', id: 0, method: 'server/discover', params: { _meta: envelope() } },
  },
} as const;

interface Change {
  headers?: Record<string, string>;
  body?: string;
}

const TOKEN = 'a-token-of-the-cases-for-both';

describe.each(Object.entries(FIRST))('over %s', (_revision, first) => {
  const send = (mcp: string, { headers = {}, body = JSON.stringify(first.body) }: Change = {}) =>
    fetch(mcp, { method: 'POST', headers: { ...first.headers, ...headers }, body });

  it('a request passes the same checks before it is read', async () => {
    const { mcp } = await start({ config: { GPU_MCP_HTTP_TOKEN: TOKEN }, limits: { bodyBytes: 2000 } });
    const authorization = `Bearer ${TOKEN}`;
    const cases: [Change, number][] = [
      [{ headers: { authorization } }, 200],
      [{}, 401],
      [{ headers: { authorization: 'Bearer another' } }, 401],
      [{ headers: { authorization, origin: 'https://evil.example' } }, 403],
      [{ headers: { authorization, origin: 'http://localhost:6274' } }, 200],
      [{ headers: { authorization, 'content-type': 'text/plain' } }, 415],
      [{ headers: { authorization, accept: 'text/html' } }, 406],
      [{ headers: { authorization, accept: '*/*;q=0.1, TEXT/event-stream' } }, 200],
      [{ headers: { authorization, 'x-volt-api-key': 'volt_key_of_a_caller' } }, 400],
      [{ headers: { authorization }, body: '{' }, 400],
      [{ headers: { authorization }, body: JSON.stringify([first.body]) }, 400],
      [{ headers: { authorization }, body: JSON.stringify({ ...first.body, pad: 'x'.repeat(3000) }) }, 413],
    ];
    const seen = [];
    for (const [change] of cases) {
      const response = await send(mcp, change);
      seen.push(response.status);
      await response.body?.cancel();
    }
    expect(seen).toEqual(cases.map(([, status]) => status));
  });

  it('a Host that is not this server is refused', async () => {
    const { url } = await start();
    const { port } = new URL(url);
    const body = JSON.stringify(first.body);
    const head = Object.entries({ ...first.headers, host: 'evil.example', connection: 'close' });
    const lines = [...head, ['content-length', String(body.length)]].map((pair) => pair.join(': '));
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write(`POST /mcp HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`),
      );
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('a caller who asks too often has to wait', async () => {
    const { mcp } = await start({ limits: { requestsPerMinute: 2 } });
    const statuses = [];
    for (let at = 0; at < 3; at += 1) {
      const response = await send(mcp);
      statuses.push(response.status);
      if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      await response.body?.cancel();
    }
    expect(statuses).toEqual([200, 200, 429]);
  });
});
