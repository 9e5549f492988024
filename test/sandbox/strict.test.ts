import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { INSTANCE, LIUM, start, str } from './start.ts';

const JSON_TYPE = 'application/json';

describe('Volt is strict', () => {
  it('wants the exact X-API-Key before anything else', async () => {
    const { volt, sandbox } = await start();
    const documented = {
      error: true,
      status: 401,
      message: 'Invalid API key. Generate a new key at Dashboard > API Keys.',
      code: 'INVALID_API_KEY',
    };
    const wrong = await volt('GET', '/pods', undefined, { 'x-api-key': 'volt_wrong' });
    expect([wrong.status, wrong.json]).toEqual([401, documented]);
    const bearer = { authorization: `Bearer ${sandbox.volt.apiKey}` };
    const missing = await volt('GET', '/pods', undefined, bearer);
    expect([missing.status, missing.json.code]).toEqual([401, 'MISSING_API_KEY']);
    expect((await volt('GET', '/nowhere', undefined, {})).status).toBe(401);
  });

  it.each([
    ['GET', '/nowhere'],
    ['GET', '/pods/'],
    ['GET', '/api/volt/pods'],
    ['PATCH', '/pods'],
    ['GET', '/pods/x/start'],
    ['PUT', '/ssh-keys/key_abc123'],
  ])('answers 404 in its envelope to %s %s', async (method, path) => {
    const { volt } = await start();
    const { status, json } = await volt(method, path);
    expect(status).toBe(404);
    expect(json).toEqual({ error: true, status: 404, message: expect.any(String), code: 'NOT_FOUND' });
  });

  it('answers HEAD as no endpoint at all', async () => {
    const { volt } = await start();
    expect((await volt('HEAD', '/pods')).status).toBe(404);
  });

  it('names unknown, missing and mistyped fields', async () => {
    const { volt, world } = await start();
    const message = async (body: unknown) => {
      const { status, json } = await volt('POST', '/pods', body);
      expect([status, json.code]).toEqual([400, 'VALIDATION_ERROR']);
      return str(json.message);
    };
    expect(await message({ ...LIUM, image: 'x' })).toBe('Unknown field "image".');
    expect(await message({ ...LIUM, name: undefined })).toBe('Missing required field "name".');
    expect(await message({ ...LIUM, gpu_count: '1' })).toContain('"gpu_count"');
    expect(await message({ ...LIUM, gpu_count: 1.5 })).toContain('"gpu_count"');
    expect(await message({ ...LIUM, provider: 'runpod' })).toContain('"provider"');
    expect(await message([])).toContain('body');
    expect(await message('{"machine_id":')).toContain('JSON');
    expect(world.pods.list()).toEqual([]);
  });

  it('wants JSON with its content type, and no body when none is documented', async () => {
    const { volt, sandbox } = await start();
    const key = { 'x-api-key': sandbox.volt.apiKey };
    const body = JSON.stringify(LIUM);
    expect((await volt('POST', '/pods', body, { ...key, 'content-type': 'text/plain' })).status).toBe(400);
    expect(
      (await volt('POST', '/pods', body, { ...key, 'content-type': `${JSON_TYPE}; charset=utf-8` })).status,
    ).toBe(201);
    expect((await volt('POST', '/pods')).status).toBe(400);
    expect((await volt('POST', '/pods/x/stop', {})).json.message).toBe(
      'This endpoint takes no request body.',
    );
    expect((await volt('DELETE', '/ssh-keys/key_abc123', {})).status).toBe(400);
    expect((await volt('GET', '/ssh-keys')).json.total).toBe(1);
  });

  it('refuses query parameters that are not documented, and repeated ones', async () => {
    const { volt } = await start();
    expect((await volt('GET', '/machines?gpu_type=H100')).json.message).toBe(
      'Unknown query parameter "gpu_type".',
    );
    expect((await volt('GET', '/fine-tuning?status=ready&status=training')).status).toBe(400);
  });

  it('refuses a body beyond the cap', async () => {
    const { volt } = await start();
    const huge = { ...LIUM, name: 'x'.repeat(9 * 1024 * 1024) };
    expect((await volt('POST', '/pods', huge)).json.message).toBe('The request body is too large.');
  });

  it('limits each key to 1,000 requests an hour', async () => {
    const { volt, world } = await start();
    await volt('GET', '/pods');
    world.clock.advance(600);
    const limit = { requests: 1000, window_seconds: 3600 };
    for (let n = 1; n < 1000; n += 1) world.rates.count('volt ak_001', world.clock.now(), limit);
    const over = await volt('GET', '/pods');
    expect([over.status, over.json.code, over.headers.get('retry-after')]).toEqual([
      429,
      'RATE_LIMITED',
      '3000',
    ]);
    world.clock.advance(3000);
    expect((await volt('GET', '/pods')).status).toBe(200);
  });
});

describe('Nebula is strict', () => {
  it('wants a bearer key or token', async () => {
    const { nebula, inference, sandbox } = await start();
    const noUse = [{}, { 'x-api-key': sandbox.nebula.apiKey }, { authorization: sandbox.nebula.apiKey }];
    for (const headers of [...noUse, { authorization: 'Bearer ak_wrong' }]) {
      const { status, json } = await nebula(
        'GET',
        '/users/credits',
        undefined,
        headers as Record<string, string>,
      );
      expect(status).toBe(401);
      expect(json).toEqual({ data: {}, message: expect.any(String), status: 'failed' });
    }
    expect((await inference('/embeddings', {}, {})).json.error).toMatchObject({
      type: 'authentication_error',
    });
  });

  it.each([
    ['GET', '/nowhere'],
    ['GET', '/api/v1/users/credits'],
    ['GET', '/api-keys'],
    ['GET', '/keys'],
    ['POST', '/api_keys'],
    ['POST', '/computing/instance/x/start'],
    ['PUT', '/computing/instance/x/stop'],
    ['HEAD', '/computing/instance/x/reboot'],
    ['GET', '/images/generation'],
  ])('answers 404 to %s %s', async (method, path) => {
    const { nebula } = await start();
    expect((await nebula(method, path)).status).toBe(404);
  });

  it('refuses wrong forms with 400 and its envelope', async () => {
    const { nebula, world } = await start();
    const refused = async (method: string, path: string, body?: unknown) => {
      const { status, json } = await nebula(method, path, body);
      expect([status, json.status]).toEqual([400, 'failed']);
      return str(json.message);
    };
    expect(await refused('POST', '/computing/instance', { ...INSTANCE, ssh_key_id: '73' })).toContain(
      '"ssh_key_id"',
    );
    expect(await refused('POST', '/computing/instance', { ...INSTANCE, region: 'x' })).toContain('"region"');
    expect(await refused('POST', '/ssh-keys', { name: 'x', key_data: 'ssh-rsa AAAA' })).toContain(
      '"key_name"',
    );
    expect(await refused('GET', '/computing/instances?limit=-1')).toContain('"limit"');
    expect(await refused('GET', '/computing/products?region=US-1')).toContain('"region"');
    expect(await refused('DELETE', '/api-keys/ak_5')).toContain('integer');
    expect(await refused('GET', '/users/invoice-download/%23NB-20241029181932')).toContain('integer');
    expect(world.pods.list()).toEqual([]);
  });

  it('refuses a body on a GET, which would have stopped an instance', async () => {
    const { nebula, world, sandbox } = await start();
    await nebula('POST', '/computing/instance', INSTANCE);
    world.clock.advance(20);
    const id = world.pods.list('nebula')[0]?.id;
    const url = `${sandbox.nebula.baseUrl}/computing/instance/${id}/stop`;
    const headers = {
      authorization: `Bearer ${sandbox.nebula.apiKey}`,
      'content-type': JSON_TYPE,
      'content-length': 2,
    };
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest(url, { method: 'GET', headers }, (reply) => {
        reply.resume();
        resolve(reply.statusCode);
      });
      sent.on('error', reject);
      sent.end('{}');
    });
    expect(status).toBe(400);
    expect(world.pods.list('nebula')[0]?.state).toBe('Running');
  });
});
