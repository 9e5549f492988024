import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { INSTANCE, LIUM, obj, start, str, TEXT_JOB } from './start.ts';

const code = (error: unknown) =>
  error instanceof Error && error.cause instanceof Error && 'code' in error.cause
    ? error.cause.code
    : String(error);

describe('faults over a real socket', () => {
  it('drops before the work', async () => {
    const { volt, world } = await start();
    world.faults.add({ kind: 'drop_before', cloud: 'volt', method: 'POST', path: '/pods' });
    expect(await volt('POST', '/pods', LIUM).catch(code)).toBe('UND_ERR_SOCKET');
    expect(world.pods.list()).toEqual([]);
    expect(world.requests.at(-1)).toMatchObject({ method: 'POST', path: '/pods', status: null });
    expect((await volt('POST', '/pods', LIUM)).status).toBe(201);
  });

  it('drops after the work', async () => {
    const { volt, world } = await start();
    world.faults.add({ kind: 'drop_after_commit', path: '/fine-tuning' });
    expect(await volt('POST', '/fine-tuning', TEXT_JOB).catch(code)).toBe('UND_ERR_SOCKET');
    expect(world.jobs.list()).toMatchObject([{ name: 'my-llama-finetune', total_usd: 55.5 }]);
    expect(world.requests).toHaveLength(1);
  });

  it.each([
    ['error_before', 0],
    ['error_after_commit', 1],
  ] as const)('%s leaves %d pods', async (kind, pods) => {
    const { volt, world } = await start();
    world.faults.add({ kind, status: 502 });
    const { status, json } = await volt('POST', '/pods', LIUM);
    expect([status, json.code]).toEqual([502, 'UPSTREAM_UNAVAILABLE']);
    expect(world.pods.list()).toHaveLength(pods);
  });

  it.each(['3400', 'abc', '-5', 'Wed, 21 Oct 2026 07:28:00 GMT'])(
    'rate_limit sends Retry-After %s',
    async (value) => {
      const { nebula, world } = await start();
      world.faults.add({ kind: 'rate_limit', retry_after: value });
      const { status, headers, json } = await nebula('GET', '/users/credits');
      expect([status, headers.get('retry-after'), json.status]).toEqual([429, value, 'failed']);
    },
  );

  it('sends HTML, garbage and failed envelopes', async () => {
    const { volt, nebula, inference, world } = await start();
    world.faults.add({ kind: 'html' });
    const page = await volt('GET', '/pods');
    expect([page.status, page.headers.get('content-type')]).toEqual([502, 'text/html; charset=utf-8']);
    world.faults.add({ kind: 'garbage_json' });
    const garbage = await volt('POST', '/pods', LIUM);
    expect(garbage.status).toBe(200);
    expect(() => JSON.parse(garbage.text)).toThrow();
    expect(world.pods.list()).toHaveLength(1);
    world.faults.add({ kind: 'failed_envelope', times: 3 });
    expect((await volt('GET', '/pods')).json.success).toBe(false);
    const failed = await nebula('POST', '/computing/instance', INSTANCE);
    expect([failed.status, failed.json.status]).toEqual([200, 'failed']);
    expect(obj((await inference('/embeddings', {})).json.error).type).toBe('server_error');
    expect(world.pods.list('nebula')).toEqual([]);
  });

  it('hangs until the client leaves, and commits nothing', async () => {
    const { sandbox, world } = await start();
    world.faults.add({ kind: 'hang' });
    const headers = { 'x-api-key': sandbox.volt.apiKey, 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(60);
    const sent = fetch(`${sandbox.volt.baseUrl}/pods`, {
      method: 'POST',
      headers,
      body: JSON.stringify(LIUM),
      signal,
    });
    await expect(sent).rejects.toThrow(/timeout/);
    expect(world.pods.list()).toEqual([]);
  });

  it('delays', async () => {
    const { volt, world } = await start();
    world.faults.add({ kind: 'delay', delay_ms: 80 });
    const before = performance.now();
    expect((await volt('GET', '/pods')).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(75);
  });

  it('skips, fires as often as requested, and matches by cloud, method and glob', async () => {
    const { volt, nebula, world } = await start();
    world.faults.add({
      kind: 'error_before',
      cloud: 'volt',
      method: 'get',
      path: '/pod*',
      skip: 1,
      times: 2,
    });
    const seen: number[] = [];
    for (const path of ['/machines', '/pods', '/pods', '/pods', '/pods'])
      seen.push((await volt('GET', path)).status, (await nebula('GET', '/users/credits')).status);
    expect(seen.filter((_, index) => index % 2 === 0)).toEqual([200, 200, 500, 500, 200]);
    expect(seen.filter((_, index) => index % 2 === 1)).toEqual([200, 200, 200, 200, 200]);
    expect(world.faults.list()).toEqual([]);
  });

  it('lists a new thing late', async () => {
    const { volt, nebula, world } = await start();
    world.faults.add({ kind: 'late_listing', seconds: 30, times: 2 });
    const id = str((await volt('POST', '/pods', LIUM)).json.id);
    await nebula('POST', '/computing/instance', INSTANCE);
    world.faults.add({
      kind: 'drop_after_commit',
      path: '/fine-tuning',
      method: 'POST',
      appear_after_seconds: 30,
    });
    await volt('POST', '/fine-tuning', TEXT_JOB).catch(code);
    const counts = async () => [
      (await volt('GET', '/pods')).json.total,
      (await nebula('GET', '/computing/instances')).json.total_instance,
      ((await volt('GET', '/fine-tuning')).json.jobs as unknown[]).length,
    ];
    world.clock.advance(29);
    expect(await counts()).toEqual([0, 0, 0]);
    expect((await volt('GET', `/pods/${id}`)).status).toBe(200);
    world.clock.advance(1);
    expect(await counts()).toEqual([1, 1, 1]);
  });

  it('never prints, also when clients break off in the middle', async () => {
    const { sandbox, volt } = await start();
    const printed = (['log', 'info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));
    const { port } = new URL(sandbox.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        const head = `POST /volt/pods HTTP/1.1\r\nHost: x\r\nX-API-Key: ${sandbox.volt.apiKey}\r\n`;
        socket.write(`${head}Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"na`, () => {
          socket.destroy();
          resolve();
        });
      });
    });
    expect((await volt('GET', '/pods')).json.total).toBe(0);
    await sandbox.close();
    expect(printed.flatMap((spy) => spy.mock.calls)).toEqual([]);
    vi.restoreAllMocks();
  });
});
