import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { lostError } from '../../src/engine/rpc.ts';
import { type ReplicaOptions, type Replicas, startReplicas } from '../../testbed/replicas.ts';
import { afterEvery } from '../after.ts';
import { binary } from '../binary.ts';
import { VOLT_POD } from '../harness.ts';
import { testPostgres } from '../postgres/postgres.ts';
import { soon, start } from './start.ts';
import { INITIALIZE, openWire, post, refusal } from './wire.ts';

const postgres = await testPostgres();
const TIMEOUT = { timeout: 240_000 };

const open = new Set<Replicas>();
afterEvery(async () => {
  await Promise.all([...open].map((all) => all.close()));
  open.clear();
});

async function replicas(options: Pick<ReplicaOptions, 'count' | 'storeUrl'>): Promise<Replicas> {
  const all = await startReplicas({ program: await binary(), ...options });
  open.add(all);
  return all;
}

/** The names of all pods that exist. */
const names = ({ world }: Replicas) => world.pods.list().map(({ name }) => name);
const orders = ({ world }: Replicas) =>
  world.requests.filter(({ method, path }) => method === 'POST' && path === '/pods');

/** A live server renews its heartbeat within seconds; the others would count as alive for half a minute. */
async function countAsDead(url: string): Promise<void> {
  const sql = new pg.Client({ connectionString: url });
  await sql.connect();
  await sql.query(`update gpu_mcp.processes set until = '-infinity'`);
  await sql.end();
}

describe('a server that is started again', () => {
  it(
    'goes on with its sessions, their forms and subscriptions; one that was ended stays ended',
    TIMEOUT,
    async () => {
      const all = await replicas({ count: 1, storeUrl: () => null });
      let tries = 0;
      const client = await all.connect(true);
      const ended = await all.connect();
      await client.client.subscribeResource({ uri: 'gpu://pods' });
      await ended.client.listTools();
      const { transport } = ended.client;
      if (
        transport !== undefined &&
        'terminateSession' in transport &&
        typeof transport.terminateSession === 'function'
      )
        await transport.terminateSession();
      await all.stop(0, 'SIGTERM');
      await all.start(0);
      const { status, ref: pod } = await client.call('create_pod', VOLT_POD);
      expect(status).toBe('done');
      expect(client.asked).toHaveLength(1);
      // A change before the client has its stream again is announced to nobody.
      await soon(async () => {
        if (client.updates.length === 0) await client.call('update_pod', { pod, name: `trainer-${tries++}` });
        return client.updates;
      }).toContain('gpu://pods');
      const gone = await fetch(`${all.front.url}/mcp`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-session-id': client.sessionId().replace(/^./, (first) => (first === '0' ? '1' : '0')),
        },
        body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
      });
      expect(gone.status).toBe(404);
    },
  );
});

describe.skipIf(postgres === null)('two servers on one PostgreSQL', () => {
  it('bound the sessions of one caller together, and free a place when one ends at either', async () => {
    const config = {
      GPU_MCP_STORE_URL: (await postgres?.database()) ?? '',
      GPU_MCP_ACCOUNT: 'team',
    };
    const limits = { sessionsPerCaller: 2 };
    const [a, b] = [await start({ config, limits }), await start({ config, limits })];
    const one = await openWire(a.mcp);
    await openWire(b.mcp);
    for (const { mcp } of [a, b]) {
      const third = await post(mcp, INITIALIZE);
      expect(third.headers.get('retry-after')).not.toBeNull();
      expect(await refusal(third)).toMatchObject({ status: 429, message: /\b2\b/ });
    }
    const headers = { 'mcp-session-id': one.id };
    expect((await post(b.mcp, { jsonrpc: '2.0', id: 1, method: 'ping' }, headers)).status).toBe(200);
    expect((await fetch(b.mcp, { method: 'DELETE', headers })).status).toBe(200);
    expect((await post(a.mcp, INITIALIZE)).status).toBe(200);
    expect((await post(b.mcp, INITIALIZE)).status).toBe(429);
  });
});

describe.skipIf(postgres === null)('two replicas on one PostgreSQL behind a round-robin front', () => {
  it(
    'serve every session, live on when one is killed in the middle of a write, and do nothing twice',
    TIMEOUT,
    async () => {
      const url = (await postgres?.database()) ?? '';
      const all = await replicas({ count: 2, storeUrl: () => url });
      const person = await all.connect(true);
      const free = all.world.stock.get('volt', 'mach_rtx4090_01');
      const before = all.front.served();
      for (let n = 0; n < 4; n += 1) await person.client.listTools();
      // Its stream, too, is a request.
      for (const [at, count] of all.front.served().entries())
        expect(count - (before[at] ?? 0)).toBeGreaterThanOrEqual(2);
      await person.client.subscribeResource({ uri: 'gpu://pods' });
      for (const name of ['a', 'b', 'c'])
        expect((await person.call('create_pod', { ...VOLT_POD, name })).status).toBe('done');
      expect(person.asked).toHaveLength(3);
      await soon(() => person.updates.length).toBeGreaterThan(0);

      // A cancellation reaches the replica that asks, through the other one: the question is withdrawn.
      const hesitant = await all.connect(true);
      let withdrawn = false;
      const asking = new Promise<void>((asked) => {
        hesitant.client.setRequestHandler(ElicitRequestSchema, (_request, { signal }) => {
          asked();
          return new Promise((_answer, reject) => {
            signal.addEventListener('abort', () => {
              withdrawn = true;
              reject(signal.reason);
            });
          });
        });
      });
      all.world.stock.set('volt', 'mach_rtx4090_01', free);
      const served = all.front.served();
      const giveUp = new AbortController();
      const params = { name: 'create_pod', arguments: { ...VOLT_POD, name: 'given-up' } };
      const call = hesitant.client.callTool(params, undefined, { signal: giveUp.signal }).catch(() => null);
      await asking;
      giveUp.abort();
      await call;
      await soon(() => withdrawn).toBe(true);
      for (const [at, count] of all.front.served().entries()) expect(count).toBeGreaterThan(served[at] ?? 0);

      const agent = await all.connect();
      all.world.stock.set('volt', 'mach_rtx4090_01', free);
      const order = { ...VOLT_POD, name: 'd' };
      const { confirmation } = await agent.call('create_pod', order);
      const { token, reply } = confirmation as { token: string; reply: string };
      const consent = { confirmation_token: token, user_reply: reply };
      expect((await agent.call('create_pod', { ...order, ...consent })).status).toBe('done');
      expect(await agent.call('create_pod', { ...order, ...consent })).toMatchObject({ repeated: true });
      expect(names(all).toSorted()).toEqual(['a', 'b', 'c', 'd']);

      all.world.stock.set('volt', 'mach_rtx4090_01', free);
      all.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'delay', delay_ms: 500 });
      const written = person.call('create_pod', { ...VOLT_POD, name: 'e' }).catch((error: unknown) => error);
      await soon(() => orders(all).length).toBe(5);
      await all.stop(0);
      await countAsDead(url);
      // If the killed server sent the order, the other one answers the client instead of letting it wait.
      const { status, code } = z
        .object({ status: z.string(), code: z.number() })
        .partial()
        .parse(await written);
      expect(status ?? code).toBe(status === undefined ? lostError('').code : 'done');
      for (const { call } of [person, agent]) expect(await call('list_pods')).toMatchObject({ total: 5 });
      expect((await person.call('create_pod', { ...VOLT_POD, name: 'f' })).status).toBe('done');
      expect(names(all).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
      expect(orders(all)).toHaveLength(6);
    },
  );
});
