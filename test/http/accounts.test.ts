import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/config/http.ts';
import { LEASE_SAYS } from '../../src/gate/messages.ts';
import { createAccounts } from '../../src/http/accounts.ts';
import { VOLT_POD } from '../harness.ts';
import { later, soon, start } from './start.ts';
import {
  agreed,
  eventsOf,
  INITIALIZE,
  isQuestion,
  isResult,
  messageOf,
  openWire,
  post,
  refusal,
  until,
  type WireSession,
} from './wire.ts';

const anna = { 'x-volt-api-key': 'volt_key_of_anna_0001' };
const ben = { 'x-volt-api-key': 'volt_key_of_ben_0002' };

/** A cloud with two accounts that forwards to two sandboxes: each key has a world of its own. */
async function twoAccounts() {
  const worlds = [await start(), await start()].map(({ sandbox }) => sandbox.volt);
  const target = (key: string | string[] | undefined) =>
    key === anna['x-volt-api-key'] ? worlds[0] : key === ben['x-volt-api-key'] ? worlds[1] : undefined;
  const server = createServer(async (request, response) => {
    const world = target(request.headers['x-api-key']);
    if (world === undefined) {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('{"success":false,"message":"Invalid API key."}');
      return;
    }
    const body = await bodyOf(request);
    const reply = await fetch(`${world.baseUrl}${request.url ?? ''}`, {
      method: request.method ?? 'GET',
      headers: { 'x-api-key': world.apiKey, ...(body !== '' && { 'content-type': 'application/json' }) },
      ...(body !== '' && { body }),
    });
    response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? 'text/plain' });
    response.end(await reply.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  later(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

/** A session of another account, which gets room once the maintenance of the one before has ended its round. */
async function whenThereIsRoom(mcp: string, headers: Record<string, string>): Promise<WireSession> {
  for (;;) {
    const session = await openWire(mcp, headers).catch((error: unknown) => {
      if (!String(error).includes('503')) throw error;
    });
    if (session !== undefined) return session;
    await pause(100);
  }
}

async function structured(session: WireSession, name: string, args: object = {}) {
  const message = await messageOf(await session.call(name, args), ({ result }) => result !== undefined);
  return message.result?.structuredContent ?? {};
}

/** Rents with the person agreeing to what is asked. */
async function rent(session: WireSession, name: string): Promise<void> {
  const stream = eventsOf(await session.call('create_pod', { ...VOLT_POD, name }));
  const question = await until(stream, isQuestion);
  await session.answer(question.id ?? 0, agreed(question));
  const done = await until(stream, isResult);
  expect(done.result?.structuredContent).toMatchObject({ status: 'done' });
}

const names = (content: Record<string, unknown>): string[] =>
  Array.isArray(content.pods) ? content.pods.map(({ name }: { name: string }) => name) : [];

describe('callers who send their own keys', () => {
  it('must send one, and it pays', async () => {
    const { mcp, sandbox } = await start({ headers: true });
    const none = await post(mcp, INITIALIZE);
    expect(await refusal(none)).toMatchObject({ status: 401, message: /X-Volt-Api-Key/ });
    const session = await openWire(mcp, { 'x-volt-api-key': sandbox.volt.apiKey });
    const list = await messageOf(await session.send('tools/list'));
    expect(list.result?.tools?.map(({ name }) => name)).not.toContain('restart_pod');
    expect(await structured(session, 'list_pods')).toHaveProperty('total');
    const stranger = await openWire(mcp, { 'x-volt-api-key': 'volt_not_a_key' });
    expect(await structured(stranger, 'get_pod', { pod: 'volt:pod:pod_abc123' })).toMatchObject({
      error: { code: 'unauthorized' },
    });
  });

  it('are refused when the server pays itself', async () => {
    const { mcp } = await start();
    expect((await post(mcp, INITIALIZE, anna)).status).toBe(400);
  });

  it('cannot replay each other’s sessions with another key', async () => {
    const { mcp } = await start({ headers: true });
    const mine = await openWire(mcp, anna);
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    const { 'x-volt-api-key': _key, ...keyless } = mine.headers as Record<string, string>;
    expect((await post(mcp, ping, { ...mine.headers, ...ben })).status).toBe(404);
    expect((await post(mcp, ping, { ...mine.headers, 'x-nebula-api-key': 'ak_one_more' })).status).toBe(404);
    expect((await post(mcp, ping, keyless)).status).toBe(401);
    expect((await mine.send('ping')).status).toBe(200);
  });

  it('see nothing of each other: pods, spend, caps, audit, journal, budget, log', async () => {
    const { mcp, stateDir, logs, url, runtimes } = await start({
      headers: true,
      config: { VOLT_BASE_URL: await twoAccounts(), GPU_MCP_MAX_PODS: '3' },
    });
    const [annas, bens] = [await openWire(mcp, anna), await openWire(mcp, ben)];
    const before = names(await structured(bens, 'list_pods'));
    await rent(annas, 'only-annas');
    expect(names(await structured(annas, 'list_pods'))).toContain('only-annas');
    expect(names(await structured(bens, 'list_pods'))).toEqual(before);
    expect(JSON.stringify(await structured(bens, 'get_spend'))).not.toContain('only-annas');
    await rent(bens, 'only-bens');
    expect(runtimes).toHaveLength(2);
    const [first, second] = runtimes;
    for (const part of ['book', 'poller', 'files', 'clouds'] as const)
      expect(first?.[part]).not.toBe(second?.[part]);
    for (const part of ['store', 'locks'] as const) expect(first?.gate[part]).not.toBe(second?.gate[part]);
    expect(first?.listed('both')).toBe(second?.listed('both'));
    const audits = (await readdir(stateDir, { recursive: true })).filter((path) =>
      path.endsWith('audit.jsonl'),
    );
    const texts = await Promise.all(audits.map((path) => readFile(join(stateDir, path), 'utf8')));
    expect(texts).toHaveLength(2);
    expect(texts.filter((text) => text.includes('only-annas'))).toHaveLength(1);
    expect(texts.filter((text) => text.includes('only-bens'))).toHaveLength(1);
    expect(texts.some((text) => text.includes('only-annas') && text.includes('only-bens'))).toBe(false);
    const everything = JSON.stringify(logs) + (await (await fetch(`${url}/metrics`)).text()) + texts.join('');
    for (const key of [anna, ben]) expect(everything).not.toContain(key['x-volt-api-key']);
    expect(await (await fetch(`${url}/metrics`)).text()).not.toMatch(/^gpu_mcp_(?:burn|upstream_budget)/m);
  });

  it('are closed when idle, and are bounded in number', async () => {
    const clock = { ahead: 0 };
    const { mcp, logs } = await start({ headers: true, clock, limits: { accounts: 1, sweepMs: 5 } });
    const mine = await openWire(mcp, anna);
    expect((await post(mcp, INITIALIZE, ben)).status).toBe(503);
    await fetch(mcp, { method: 'DELETE', headers: mine.headers });
    // Not while a round of maintenance of the first account is under way.
    await soon(async () => (await post(mcp, INITIALIZE, ben)).status).toBe(200);
    expect(logs.some(({ msg }) => msg === 'account closed')).toBe(true);
  });

  it('are kept while a lease has to be ended for them', async () => {
    const clock = { ahead: 0 };
    const { mcp, logs, runtimes } = await start({ headers: true, clock, limits: { sweepMs: 5 } });
    const mine = await openWire(mcp, anna);
    await runtimes[0]?.gate.store.leases.add({
      ref: 'volt:pod:pod_abc123',
      name: 'x',
      ends_at: '2100-01-01T00:00:00Z',
    });
    await fetch(mcp, { method: 'DELETE', headers: mine.headers });
    clock.ahead = 3_600_000;
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(logs.some(({ msg }) => msg === 'account closed')).toBe(false);
  });
});

describe('an account that nobody uses any more', () => {
  const OVER = { ref: '', name: 'x', ends_at: '2020-01-01T00:00:00Z' };

  it('is kept while its lease is being ended', async () => {
    const clock = { ahead: 0 };
    const { mcp, logs, runtimes, sandbox } = await start({
      headers: true,
      clock,
      limits: { sweepMs: 5, accountIdleMs: 0 },
    });
    const key = { 'x-volt-api-key': sandbox.volt.apiKey };
    const said = (msg: string) => logs.findIndex((event) => event.msg === msg);
    await fetch(mcp, { method: 'DELETE', headers: (await openWire(mcp, key)).headers });
    await soon(() => said('account closed')).toBeGreaterThan(-1);
    const ref = `volt:pod:${sandbox.world.addPod('volt', {})}`;
    const stopped = LEASE_SAYS.stopped({ ...OVER, ref });
    await runtimes[0]?.gate.store.leases.add({ ...OVER, ref });
    logs.length = 0;
    sandbox.world.faults.add({ cloud: 'volt', path: '/pods/*', times: 9, kind: 'delay', delay_ms: 100 });
    await fetch(mcp, { method: 'DELETE', headers: (await openWire(mcp, key)).headers });
    await soon(() => said('account closed')).toBeGreaterThan(-1);
    expect(said(stopped)).toBeGreaterThan(-1);
    expect(said(stopped)).toBeLessThan(said('account closed'));
  });

  it('is kept while a write of it is under way', async () => {
    const { mcp, logs, runtimes, sandbox } = await start({
      headers: true,
      limits: { sweepMs: 5, accountIdleMs: 0 },
    });
    const closed = () => logs.filter(({ msg }) => msg === 'account closed').length;
    const session = await openWire(mcp, { 'x-volt-api-key': sandbox.volt.apiKey });
    const sending = runtimes[0]?.gate.writes.open();
    sending?.begin();
    await fetch(mcp, { method: 'DELETE', headers: session.headers });
    await fetch(mcp, { method: 'DELETE', headers: (await openWire(mcp, ben)).headers });
    // The account of a slow client may be closed twice.
    await soon(closed).toBeGreaterThan(0);
    expect(runtimes[0]?.gate.writes.count()).toBe(1);
    const before = closed();
    sending?.end();
    await soon(closed).toBeGreaterThan(before);
  });

  it('keeps the reservation of an order, although it was closed before any list showed the thing', async () => {
    const { mcp, runtimes, sandbox } = await start({
      headers: true,
      limits: { accounts: 1 },
      config: { GPU_MCP_MAX_PODS: '1' },
    });
    const key = { 'x-volt-api-key': sandbox.volt.apiKey };
    sandbox.world.faults.add({
      cloud: 'volt',
      method: 'POST',
      path: '/pods',
      kind: 'late_listing',
      seconds: 60,
    });
    const leave = ({ headers }: WireSession) => fetch(mcp, { method: 'DELETE', headers });
    const session = await openWire(mcp, key);
    await rent(session, 'late');
    await leave(session);
    await leave(await whenThereIsRoom(mcp, anna));
    const again = await whenThereIsRoom(mcp, key);
    expect(runtimes).toHaveLength(3);
    const second = await structured(again, 'create_pod', { ...VOLT_POD, name: 'second' });
    expect(second).toMatchObject({ error: { code: 'over_limit' } });
    expect(sandbox.world.pods.list('volt')).toHaveLength(1);
  });
});

describe('an account that cannot be opened', () => {
  it('fails only the session that requested it', async () => {
    const opening = { fail: (_reason: Error) => {} };
    const never = () => new Promise<never>((_, reject) => Object.assign(opening, { fail: reject }));
    const deps = { monotonic: Date.now, log: () => {}, register: async () => () => {} };
    const accounts = createAccounts('headers', [], never, DEFAULT_LIMITS, deps);
    const held = accounts.hold('anna', { volt: 'volt_x', nebula: undefined });
    await Promise.resolve();
    const runtimes = accounts.runtimes();
    await new Promise(setImmediate);
    opening.fail(new Error('no room on this disk'));
    await expect(held).rejects.toThrow('no room');
    expect(await runtimes).toEqual([]);
    expect(await accounts.runtimes()).toEqual([]);
    await accounts.close();
  });
});

describe('one-time secrets over HTTP', () => {
  it('are not written unless the operator allows it', async () => {
    const { runtimes } = await start();
    expect(runtimes[0]?.files.allowsSecrets).toBe(false);
    const allowed = await start({ config: { GPU_MCP_ALLOW_SECRET_FILES: 'true' } });
    expect(allowed.runtimes[0]?.files.allowsSecrets).toBe(true);
  });
});
