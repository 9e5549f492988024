import { readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { afterEach, describe, expect, it } from 'vitest';
import { createWebhooks } from '../../src/http/webhook.ts';
import { agrees, type Harness, startHarness, TEXT_JOB } from '../harness.ts';
import { lines, receivedBy } from '../resources/subscribed.ts';

const PUBLIC = 'https://gpu.example.com';
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** The receiver of a harness on a real loopback socket, and the secret in the address that jobs get. */
async function receive({ runtime }: Harness, publicUrl = PUBLIC) {
  const { app, register } = createWebhooks(publicUrl);
  await register(runtime);
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const secret = runtime.webhooks.get('volt')?.url.split('/').at(-1) ?? '';
  return { base, secret };
}

const post = (url: string, body: unknown, headers = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

async function jobReporting({ sandbox, world }: Harness, webhookUrl: string): Promise<string> {
  const { name, task_type, model, hours, dataset_repo } = TEXT_JOB;
  await fetch(`${sandbox.volt.baseUrl}/fine-tuning`, {
    method: 'POST',
    headers: { 'X-API-Key': sandbox.volt.apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ name, taskType: task_type, model, hours, dsRepo: dataset_repo, webhookUrl }),
  });
  return world.jobs.list()[0]!.id;
}

describe('the webhook receiver', () => {
  it('notifies subscribers of the end of a job at once, as read from the job itself', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const { client, world, time } = harness;
    const { base, secret } = await receive(harness);
    const id = await jobReporting(harness, `${base}/webhooks/volt/${secret}`);
    world.setJobStatus(id, 'training');
    const updates = receivedBy(client);
    await client.subscribeResource({ uri: `gpu://volt/job/${id}` });
    await time.advance(600);
    updates.length = 0;
    const before = world.requests.length;
    world.setJobStatus(id, 'success');
    await world.idle();
    expect(world.webhooks).toMatchObject([{ job: id, outcome: 'delivered', status: 202 }]);
    await time.advance(0.1);
    expect(updates).toEqual([`gpu://volt/job/${id}`, 'list_changed']);
    expect(lines(world.requests, before)).toEqual(['GET /fine-tuning', `GET /fine-tuning/${id}`]);
  });

  it('believes the job, not the body, and not a list that lags behind it', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const { client, world, time } = harness;
    const { base, secret } = await receive(harness);
    const id = await jobReporting(harness, 'http://192.0.2.1/');
    world.setJobStatus(id, 'training');
    const updates = receivedBy(client);
    await client.subscribeResource({ uri: `gpu://volt/job/${id}` });
    const body = { event: 'fine_tuning.job.completed', jobId: id, status: 'success' };
    const answer = await post(`${base}/webhooks/volt/${secret}`, body);
    expect(answer.status).toBe(202);
    await time.advance(2);
    expect(updates).toEqual([]);
  });

  it('wakes a call that waits', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const { world, call } = harness;
    const { base, secret } = await receive(harness);
    const id = await jobReporting(harness, `${base}/webhooks/volt/${secret}`);
    world.setJobStatus(id, 'evaluating');
    const waiting = call(
      'wait_for',
      { ref: `volt:job:${id}`, timeout_seconds: 600 },
      { onProgress: () => world.jobs.get(id)?.status === 'evaluating' && world.setJobStatus(id, 'success') },
    );
    const { structured } = await waiting;
    expect(structured).toMatchObject({ reached: true, state: 'succeeded' });
    expect(structured.waited_seconds).toBeLessThan(10);
  });

  it('is not there without the right secret', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const { base, secret } = await receive(harness);
    for (const path of [
      '/webhooks/volt/',
      '/webhooks/volt/wrong',
      `/webhooks/volt/${secret}x`,
      `/webhooks/volt/${secret.slice(1)}`,
      `/webhooks/nebula/${secret}`,
    ]) {
      expect((await post(base + path, { jobId: 'x' })).status, path).toBe(404);
    }
    expect((await fetch(`${base}/webhooks/volt/${secret}`)).status).toBe(404);
  });

  it('refuses bodies that are too large or no hint, and too many of them, and reads no job for them', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const { world, runtime } = harness;
    const { base, secret } = await receive(harness);
    const url = `${base}/webhooks/volt/${secret}`;
    const before = world.requests.length;
    expect((await post(url, { jobId: 'x', filler: 'y'.repeat(17_000) })).status).toBe(413);
    for (const bad of ['', 'null', '[]', '{', '"x"', { jobId: 7 }, { jobId: '../api-keys' }, { id: 'x' }]) {
      expect((await post(url, bad)).status, JSON.stringify(bad)).toBe(400);
    }
    const answers: Response[] = [];
    for (let n = 0; n < 60; n += 1) answers.push(await post(url, { jobId: 'clx' }));
    expect(answers[0]?.status).toBe(202);
    const last = answers.at(-1)!;
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(world.requests).toHaveLength(before);
    expect(runtime.poller.lists()).toBe(0);
  });

  it('is added to jobs that name none: shown with its secret masked, sent with it, and written only to the private record of the secret itself', async () => {
    const asked: string[] = [];
    const harness = await startHarness({
      elicit: (message) => {
        asked.push(message);
        return agrees(message, { type: 'object', properties: {} }, AbortSignal.timeout(1));
      },
      clouds: ['volt'],
      state: 'files',
    });
    const { secret } = await receive(harness);
    const submitted = await harness.call('submit_finetune', TEXT_JOB);
    expect(submitted.structured.status).toBe('done');
    expect(asked[0]).toContain(`${PUBLIC}/webhooks/volt/***`);
    const order = harness.writes().find(({ method }) => method === 'POST')!;
    expect(JSON.parse(order.body)).toMatchObject({ webhookUrl: `${PUBLIC}/webhooks/volt/${secret}` });
    const files = await readdir(harness.stateDir, { recursive: true, withFileTypes: true });
    const paths = files.filter((file) => file.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    const holders: unknown[] = [];
    for (const path of paths) {
      const text = await readFile(path, 'utf8');
      if (text.includes(secret)) holders.push([JSON.parse(text).key, (await stat(path)).mode & 0o777]);
    }
    expect(paths.length).toBeGreaterThan(1);
    expect(holders).toEqual([['webhook secret', 0o600]]);
    expect([...asked, JSON.stringify([submitted, harness.logs])].join('\n')).not.toContain(secret);
    expect(harness.runtime.redact(`x ${secret} y`)).toBe('x [redacted] y');
  });

  it('leaves a webhook of the caller’s own alone', async () => {
    const harness = await startHarness({ elicit: agrees, clouds: ['volt'] });
    await receive(harness);
    const webhook_url = 'https://example.org/mine';
    await harness.call('submit_finetune', { ...TEXT_JOB, webhook_url });
    const order = harness.writes().find(({ method }) => method === 'POST')!;
    expect(JSON.parse(order.body)).toMatchObject({ webhookUrl: webhook_url });
  });

  it.each(['http://gpu.example.com', 'https://127.0.0.1:8484', 'https://gpu.internal'])(
    'is not added to jobs if the cloud could not reach it: %s',
    async (publicUrl) => {
      const harness = await startHarness({ elicit: agrees, clouds: ['volt'] });
      await receive(harness, publicUrl);
      const submitted = await harness.call('submit_finetune', TEXT_JOB);
      expect(submitted.structured.status).toBe('done');
      const order = harness.writes().find(({ method }) => method === 'POST')!;
      expect(JSON.parse(order.body)).not.toHaveProperty('webhookUrl');
    },
  );

  it('is one for each cloud with jobs that can reach it; the log names the others', async () => {
    const { runtime, logs } = await startHarness({ clouds: ['volt', 'nebula'] });
    const volt = runtime.clouds.get('volt');
    const jobs = volt.jobs!;
    const clouds = [
      { ...volt, id: 'inner', jobs: { ...jobs, webhookProblem: () => 'it reaches no URL outside' } },
      volt,
      { ...volt, id: 'acme' },
      runtime.clouds.get('nebula'),
    ];
    const wider = { ...runtime, clouds: { ...runtime.clouds, all: () => clouds } };
    const leave = await createWebhooks(PUBLIC).register(wider);
    const secret = wider.webhooks.get('volt')?.url.split('/').at(-1);
    expect([...wider.webhooks]).toEqual(
      ['volt', 'acme'].map((id) => [
        id,
        { url: `${PUBLIC}/webhooks/${id}/${secret}`, shown: `${PUBLIC}/webhooks/${id}/***` },
      ]),
    );
    const warned = logs.filter(({ msg }) => String(msg).includes('GPU_MCP_PUBLIC_URL'));
    expect(warned).toHaveLength(1);
    leave();
    expect(wider.webhooks.size).toBe(0);
  });
});
