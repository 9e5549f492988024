import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { later, start } from './start.ts';
import { INITIALIZE, messageOf, openWire, post } from './wire.ts';

const AUDIENCE = 'gpu-cloud';

/** An authorization server on loopback: metadata, keys, and tokens as a test wants them. */
async function issuer(path = '/.well-known/oauth-authorization-server', elsewhere = 404) {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const other = await generateKeyPair('ES256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    const body =
      request.url === path ? { issuer: url, jwks_uri: `${url}/keys` } : request.url === '/keys' ? keys : null;
    response.writeHead(body === null ? elsewhere : 200, {
      'content-type': 'application/json',
      ...(elsewhere === 302 && { location: '/login' }),
    });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  later(async () => {
    server.closeAllConnections();
    await close();
  });
  const token = (
    claims: Record<string, unknown> = {},
    expires = '5m',
    key = privateKey,
    iss = url,
    kid = 'k1',
  ) =>
    new SignJWT({ scope: 'gpu:write', aud: AUDIENCE, sub: 'anna', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuedAt()
      .setIssuer(iss)
      .setExpirationTime(expires)
      .sign(key);
  /** Publishes another key in place of the first, and signs with it from now on. */
  const rotate = async () => {
    keys.keys = [{ ...(await exportJWK(other.publicKey)), kid: 'k2', alg: 'ES256', use: 'sig' }];
    return () => token({}, '3d', other.privateKey, url, 'k2');
  };
  return { url, token, rotate, requests, foreignKey: other.privateKey, server };
}

const config = (url: string) => ({ GPU_MCP_OAUTH_ISSUER: url, GPU_MCP_OAUTH_AUDIENCE: AUDIENCE });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('OAuth', () => {
  it('publishes its authorization server, and names the metadata in its challenge', async () => {
    const { url: as } = await issuer();
    const { url, mcp } = await start({ config: config(as) });
    for (const path of ['', '/mcp']) {
      const metadata = await (await fetch(`${url}/.well-known/oauth-protected-resource${path}`)).json();
      expect(metadata).toMatchObject({
        resource: mcp,
        authorization_servers: [as],
        scopes_supported: ['gpu:read', 'gpu:write'],
        bearer_methods_supported: ['header'],
      });
    }
    const refused = await post(mcp, INITIALIZE);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain(
      `scope="gpu:read gpu:write", resource_metadata="${url}/.well-known/oauth-protected-resource/mcp"`,
    );
  });

  it('puts the public address into the metadata', async () => {
    const { url: as } = await issuer();
    const { url, mcp } = await start({
      config: { ...config(as), GPU_MCP_PUBLIC_URL: 'https://gpu.example/team/' },
    });
    const metadata = (await (await fetch(`${url}/.well-known/oauth-protected-resource/mcp`)).json()) as {
      resource: string;
    };
    expect(metadata.resource).toBe('https://gpu.example/team/mcp');
    expect((await post(mcp, INITIALIZE)).headers.get('www-authenticate')).toContain(
      'https://gpu.example/.well-known/oauth-protected-resource/team/mcp',
    );
  });

  it.each(['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'])(
    'finds the keys through %s, once',
    async (path) => {
      const as = await issuer(path);
      const { mcp } = await start({ config: config(as.url) });
      const session = await openWire(mcp, bearer(await as.token()));
      const list = await messageOf(await session.send('tools/list'));
      expect(list.result?.tools?.map(({ name }) => name)).toContain('create_pod');
      expect(as.requests.filter((path) => path === '/keys')).toHaveLength(1);
    },
  );

  it('finds them although the server redirects other paths to its login page', async () => {
    const as = await issuer('/.well-known/openid-configuration', 302);
    const { mcp } = await start({ config: config(as.url) });
    expect((await post(mcp, INITIALIZE, bearer(await as.token()))).status).toBe(200);
    expect(as.requests).not.toContain('/login');
  });

  it('gives gpu:read the read-only tools alone, and refuses tokens without a scope of ours', async () => {
    const as = await issuer();
    const { mcp } = await start({ config: config(as.url) });
    const session = await openWire(mcp, bearer(await as.token({ scope: 'openid gpu:read' })));
    const list = await messageOf(await session.send('tools/list'));
    expect(list.result?.tools?.map(({ name }) => name)).not.toContain('create_pod');
    const none = await post(mcp, INITIALIZE, bearer(await as.token({ scope: 'openid' })));
    expect(none.status).toBe(403);
    expect(none.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
  });

  it('refuses wrong audience, issuer, signature, time, and anything but an access token', async () => {
    const as = await issuer();
    const { mcp } = await start({ config: config(as.url), limits: { refusalsPerMinute: 100 } });
    const bad = {
      audience: await as.token({ aud: 'somebody-else' }),
      issuer: await as.token({}, '5m', undefined, 'https://other.example'),
      signature: await as.token({}, '5m', as.foreignKey),
      time: await as.token({}, '-5m'),
      nobody: await as.token({ sub: undefined }),
      garbage: 'not.a.token',
      none: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}.`,
    };
    for (const [what, token] of Object.entries(bad)) {
      const response = await post(mcp, INITIALIZE, bearer(token));
      expect([what, response.status]).toEqual([what, 401]);
      expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(await response.text()).not.toContain(token);
    }
  });

  it('binds a session to the subject and its scope: a new token of the same works, another’s does not', async () => {
    const as = await issuer();
    const { mcp } = await start({ config: config(as.url) });
    const session = await openWire(mcp, bearer(await as.token()));
    const ping = async (token: string) =>
      (await post(mcp, { jsonrpc: '2.0', id: 1, method: 'ping' }, { ...session.headers, ...bearer(token) }))
        .status;
    expect(await ping(await as.token({ jti: 'fresh' }))).toBe(200);
    expect(await ping(await as.token({ sub: 'ben' }))).toBe(404);
    expect(await ping(await as.token({ scope: 'gpu:read' }))).toBe(404);
  });

  it.each([-86_400_000, 86_400_000])(
    'applies new and withdrawn keys in time although the wall clock jumps by %i ms',
    async (wrong) => {
      const as = await issuer();
      const clock = { ahead: 0, wrong: 0 };
      const { mcp } = await start({ config: config(as.url), clock, limits: { refusalsPerMinute: 100 } });
      const status = async (token: string) => (await post(mcp, INITIALIZE, bearer(token))).status;
      const old = await as.token({}, '3d');
      expect(await status(old)).toBe(200);
      const fresh = await as.rotate();
      clock.wrong = wrong;
      expect(await status(old)).toBe(200);
      clock.ahead = 600_000;
      expect(await status(old)).toBe(401);
      expect(await status(await fresh())).toBe(200);
    },
  );

  it('accepts no expired token, and ends its streams, although the clock is set back by a day', async () => {
    const as = await issuer();
    const clock = { ahead: 0, wrong: 0 };
    const { mcp } = await start({ config: config(as.url), clock, limits: { sweepMs: 5 } });
    const status = async (token: string) => (await post(mcp, INITIALIZE, bearer(token))).status;
    const [used, unused] = [await as.token(), await as.token({ jti: 'unused' })];
    const session = await openWire(mcp, bearer(used));
    const stream = await fetch(mcp, { headers: { ...session.headers, accept: 'text/event-stream' } });
    clock.wrong = -86_400_000;
    expect(await status(used)).toBe(200);
    clock.ahead = 6 * 60_000;
    clock.wrong = 0;
    for (const token of [used, unused]) expect(await status(token)).toBe(401);
    clock.wrong = -86_400_000;
    for (const token of [used, unused]) expect(await status(token)).toBe(401);
    await stream.text();
    expect(await status(await as.token({}, '20m'))).toBe(200);
  });

  it('accepts a token again that a clock a day ahead had taken for expired', async () => {
    const as = await issuer();
    const clock = { ahead: 0, wrong: 0 };
    const { mcp } = await start({ config: config(as.url), clock });
    const token = await as.token({ nbf: Math.floor(Date.now() / 1000) });
    const statuses: number[] = [];
    for (const wrong of [0, 86_400_000, 0, -86_400_000]) {
      clock.wrong = wrong;
      statuses.push((await post(mcp, INITIALIZE, bearer(token))).status);
    }
    expect(statuses).toEqual([200, 401, 200, 200]);
  });

  it('answers 503, not 401, while the authorization server is away', async () => {
    const as = await issuer();
    const token = await as.token();
    const { mcp } = await start({ config: config(as.url) });
    as.server.closeAllConnections();
    await new Promise<void>((resolve) => as.server.close(() => resolve()));
    expect((await post(mcp, INITIALIZE, bearer(token))).status).toBe(503);
  });
});
