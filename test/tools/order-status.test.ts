import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { agrees, NEBULA_POD, startHarness } from '../harness.ts';

const open = new Set<() => void>();
afterEach(() => {
  for (const close of open) close();
  open.clear();
});

/** A proxy before the sandbox's Nebula that gives replies to orders another `status`. */
async function proxied(status: string) {
  const target = { base: '' };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = {
      authorization: request.headers.authorization ?? '',
      'content-type': 'application/json',
    };
    const isOrder = request.method === 'POST';
    const reply = await fetch(`${target.base}${request.url}`, {
      method: request.method ?? 'GET',
      headers,
      ...(isOrder && { body: Buffer.concat(chunks) }),
    });
    const body = await reply.text();
    response.writeHead(reply.status, { 'content-type': 'application/json' });
    response.end(isOrder ? JSON.stringify({ ...JSON.parse(body), status }) : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.add(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const harness = await startHarness({ elicit: agrees, config: { NEBULA_BASE_URL: url } });
  target.base = harness.sandbox.nebula.baseUrl;
  return harness;
}

it('an order that is answered with an unknown status is reconciled: it may exist and cost money', async () => {
  const { call, world } = await proxied('pending');
  const { structured, text } = await call('create_pod', NEBULA_POD);
  expect(structured, text).toMatchObject({ status: 'done', reconciled: true, pod: { name: 'trainer' } });
  expect(world.pods.list('nebula')).toHaveLength(1);
});

it('an order that is answered with "failed" is refused', async () => {
  const { call } = await proxied('failed');
  expect((await call('create_pod', NEBULA_POD)).structured.error?.code).toBe('upstream_error');
});
