import { describe, expect, it } from 'vitest';
import { agrees, VOLT_POD } from '../harness.ts';
import { testPostgres } from '../postgres/postgres.ts';
import { type Replicas, replicas } from './replicas.ts';
import { soon } from './start.ts';

const postgres = await testPostgres();
const url = () => postgres?.database() ?? Promise.resolve(null);

describe('one server that is started again', () => {
  it('goes on with its sessions, their owners, forms and subscriptions; one that was ended stays ended', async () => {
    const all = await replicas({ count: 1 });
    const client = await all.connect({ person: agrees });
    const ended = await all.connect();
    await client.client.subscribeResource({ uri: 'gpu://pods' });
    await ended.client.listTools();
    await ended.terminate();
    await all.restart(0);
    expect((await client.call('create_pod', VOLT_POD)).structured.status).toBe('done');
    await soon(() => client.updates).toContain('gpu://pods');
    expect(client.asked).toHaveLength(1);
    await expect(ended.client.listTools()).rejects.toThrow(/404|session/i);
    expect(await all.status(client.sessionId(), 'another-token')).toBe(401);
  });
});

describe.skipIf(postgres === null)('two replicas on one PostgreSQL behind a round-robin front', () => {
  const on = async (): Promise<Replicas> => replicas({ count: 2, storeUrl: await url() });

  it('serve one session: forms, tokens, cancellations and subscriptions find their way', async () => {
    const all = await on();
    const asked = await all.connect({ person: agrees });
    const before = all.served();
    for (let n = 0; n < 4; n += 1) await asked.client.listTools();
    expect(all.served().map((count, at) => count - (before[at] ?? 0))).toEqual([2, 2]);
    await asked.client.subscribeResource({ uri: 'gpu://pods' });
    for (const name of ['a', 'b', 'c'])
      expect((await asked.call('create_pod', { ...VOLT_POD, name })).structured.status).toBe('done');
    await soon(() => asked.updates.length).toBeGreaterThan(0);
    expect(all.world.pods.list()).toHaveLength(3);

    const blind = await all.connect();
    const { structured } = await blind.call('create_pod', { ...VOLT_POD, name: 'd' });
    const consent = {
      confirmation_token: structured.confirmation?.token,
      user_reply: structured.confirmation?.reply,
    };
    expect((await blind.call('create_pod', { ...VOLT_POD, name: 'd', ...consent })).structured.status).toBe('done');
    const again = await blind.call('create_pod', { ...VOLT_POD, name: 'd', ...consent });
    expect(again.structured).toMatchObject({ status: 'done', repeated: true });
    expect(all.world.pods.list()).toHaveLength(4);
  });

  it('live on when one is killed: every client goes on, and nothing is done twice', async () => {
    const all = await on();
    const clients = await Promise.all([all.connect({ person: agrees }), all.connect({ person: agrees })]);
    all.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'delay', delay_ms: 300 });
    const made = clients.map(({ call }, at) =>
      call('create_pod', { ...VOLT_POD, name: `pod-${at}` }).catch(() => null),
    );
    await soon(() => all.world.requests.filter(({ method }) => method === 'POST').length).toBeGreaterThan(0);
    await all.kill(0);
    await Promise.all(made);
    for (const { call } of clients) expect((await call('list_pods')).isError).toBe(false);
    const names = all.world.pods.list().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(all.world.requests.filter(({ method, path }) => method === 'POST' && path === '/pods').length).toBeLessThanOrEqual(2);
  });
});
