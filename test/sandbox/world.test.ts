import { createServer } from 'node:http';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { newYorkTime } from '../../src/sandbox/clock.ts';
import { createWorld } from '../../src/sandbox/create-world.ts';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { LIUM, obj, start, str, TEXT_JOB } from './start.ts';

describe('the clock', () => {
  it('runs at the given speed and can be frozen', () => {
    const { clock } = createWorld({ speed: 0, start: '2026-01-01T00:00:00Z' });
    clock.advance(1.5);
    expect(clock.now()).toBe(Date.UTC(2026, 0, 1) + 1500);
    clock.setSpeed(1_000_000);
    const fast = clock.now();
    while (clock.now() - fast < 60_000);
    clock.setSpeed(0);
    expect(clock.now()).toBe(clock.now());
    expect(() => clock.advance(Number.NaN)).toThrow(RangeError);
    expect(() => createWorld({ start: 'yesterday' })).toThrow(RangeError);
  });

  it.each([
    ['2024-10-29T18:19:32Z', 'EST 2024-10-29 14:19:32'],
    ['2024-12-01T17:00:00Z', 'EST 2024-12-01 12:00:00'],
    ['2024-07-01T04:00:00Z', 'EST 2024-07-01 00:00:00'],
  ])('prints %s as New York wall clock', (iso, printed) => {
    expect(newYorkTime(Date.parse(iso))).toBe(printed);
  });
});

describe('the ledger', () => {
  it('adds up after any events, however the time is divided', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 8 }), (steps) => {
        const world = createWorld({ speed: 0, start: '2026-01-01T00:00:00Z' });
        const id = world.addPod('volt', { machine_id: 'mach_h100_02', gpu_count: 2 });
        world.addPod('nebula', { product_id: 'prd-ca-h100-1' });
        for (const seconds of steps) world.clock.advance(seconds);
        const hours = steps.reduce((sum, seconds) => sum + seconds, 0) / 3600;
        expect(world.ledger.balance('volt')).toBeCloseTo(1000 - hours * 5.38, 4);
        expect(world.ledger.balance('nebula')).toBeCloseTo(1228.556 - hours * 1.95, 4);
        expect(world.pods.get('volt', id)).toMatchObject({ state: 'running', outside: true, gpu_count: 2 });
      }),
      { numRuns: 25 },
    );
  });
});

describe('prices', () => {
  it('stay, move when set, and walk within bounds the same way for the same seed', () => {
    const walk = (seed: number) => {
      const world = createWorld({ speed: 0, seed });
      world.clock.advance(3600);
      expect(world.prices.get('volt', 'mach_h100_02')).toBe(2.69);
      world.prices.walk(true);
      world.clock.advance(24 * 3600);
      return world.prices.get('volt', 'mach_h100_02');
    };
    const price = walk(7);
    expect(walk(7)).toBe(price);
    expect(walk(8)).not.toBe(price);
    expect(price).toBeGreaterThanOrEqual(2.69 / 2);
    expect(price).toBeLessThanOrEqual(2.69 * 2);
    const world = createWorld();
    expect(() => world.prices.set('nebula', 'none', 1)).toThrow(RangeError);
    expect(() => world.stock.set('volt', 'mach_h100_02', 9)).toThrow(RangeError);
  });

  it('do not change what an existing pod costs', async () => {
    const { volt, world } = await start();
    const id = str((await volt('POST', '/pods', LIUM)).json.id);
    world.prices.set('volt', 'mach_rtx4090_01', 3.9);
    expect((await volt('GET', `/pods/${id}`)).json.cost_per_hour).toBe(0.39);
  });
});

describe('webhooks', () => {
  const receivers = new Set<ReturnType<typeof createServer>>();
  afterEach(() => {
    for (const server of receivers) server.close();
    receivers.clear();
  });

  async function receiver(status: number) {
    const seen: { agent: string | undefined; body: string }[] = [];
    const server = createServer(async (request, reply) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      seen.push({ agent: request.headers['user-agent'], body });
      reply.writeHead(status).end();
    });
    receivers.add(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    return { seen, url: `http://127.0.0.1:${port}/hook` };
  }

  it('are posted once when a job ends, as documented', async () => {
    const { seen, url } = await receiver(204);
    const { volt, world } = await start();
    const job = obj((await volt('POST', '/fine-tuning', { ...TEXT_JOB, webhookUrl: url })).json.job);
    world.clock.advance(4 * 60 + 7200 + 600);
    world.clock.advance(3600);
    await volt('GET', '/fine-tuning');
    await world.idle();
    expect(seen).toHaveLength(1);
    expect(seen[0]?.agent).toBe('VoltageGPU-Webhook/1.0');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      event: 'fine_tuning.job.completed',
      jobId: job.id,
      gradientsTaskId: job.gradientsTaskId,
      status: 'success',
      baseModel: 'meta-llama/Llama-3.1-8B-Instruct',
      outputModelRepo: expect.stringMatching(/^voltagegpu\//),
      totalCost: 55.5,
      completedAt: '2026-03-28T16:14:00Z',
    });
    expect(world.webhooks).toMatchObject([{ outcome: 'delivered', status: 204 }]);
  });

  it('are not repeated after a refusal, and never leave the machine', async () => {
    const { seen, url } = await receiver(500);
    const { volt, world } = await start();
    for (const webhookUrl of [url, 'https://hooks.example.com/x']) {
      const { json } = await volt('POST', '/fine-tuning', { ...TEXT_JOB, webhookUrl });
      await volt('DELETE', `/fine-tuning/${str(obj(json.job).id)}`);
    }
    await world.idle();
    expect(seen.map((call) => JSON.parse(call.body).status)).toEqual(['cancelled']);
    expect(world.webhooks.map((call) => call.outcome)).toEqual(['refused', 'not_loopback']);
  });
});

describe('serving', () => {
  it('gives addresses and keys, and rejects a port that is taken', async () => {
    const { sandbox } = await start();
    expect(sandbox.volt).toEqual({ baseUrl: `${sandbox.url}/volt`, apiKey: 'volt_sandbox_key_x7f2' });
    expect(sandbox.nebula).toEqual({
      baseUrl: `${sandbox.url}/nebula`,
      inferenceUrl: `${sandbox.url}/inference`,
      apiKey: 'ak_sandbox_key',
    });
    const port = Number(new URL(sandbox.url).port);
    await expect(serveSandbox({ port })).rejects.toThrow(/EADDRINUSE/);
  });

  it('leaves the Response of the process alone and closes with requests hanging', async () => {
    const before = globalThis.Response;
    const { sandbox, volt, world } = await start();
    expect(globalThis.Response).toBe(before);
    world.faults.add({ kind: 'hang' });
    const hanging = volt('GET', '/pods').then(
      () => 'answered',
      () => 'gone',
    );
    while (world.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await sandbox.close();
    expect(await hanging).toBe('gone');
  });
});
