import { expect, it } from 'vitest';
import { FAULT_KINDS } from '../../bench/faults/kinds.ts';
import { faultsOf, runRow } from '../../bench/faults/matrix.ts';
import { WRITE_CASES } from '../../bench/faults/write-case.ts';
import { soak } from '../../bench/soak/run.ts';
import { openServers } from '../../testbed/servers.ts';
import { openSharedStore } from '../../testbed/shared-store.ts';
import { afterEvery } from '../after.ts';
import { VOLT_POD } from '../harness.ts';
import { testPostgres } from '../postgres/postgres.ts';

const postgres = await testPostgres();
const onTwo = it.skipIf(postgres === null);
const TIMEOUT = 60_000;

const open: (() => Promise<unknown>)[] = [];
afterEvery(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function sharedStore() {
  const store = await openSharedStore((await postgres?.database()) ?? '');
  open.push(store.close);
  return store;
}

onTwo('the plan of one server is carried out by the other, once, at the time of the sandbox', async () => {
  const servers = await openServers({}, await sharedStore());
  open.push(servers.close);
  const { world, all } = servers;
  const lists = () => all.map(({ runtime }) => runtime.gate.store.leases.due());
  const { structuredContent } = await servers.call('create_pod', { ...VOLT_POD, max_lifetime_hours: 2 });
  expect(structuredContent).toMatchObject({ status: 'done' });
  expect((await servers.repeat())?.structuredContent).toMatchObject({ repeated: true });
  expect(world.pods.list()).toHaveLength(1);
  expect((await Promise.all(lists())).flat()).toEqual([]);
  world.clock.advance(2 * 3600);
  expect((await Promise.all(lists())).map((due) => due.length)).toEqual([1, 1]);
  await servers.maintain();
  const stops = world.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/stop'));
  expect(stops).toHaveLength(1);
});

onTwo(
  'writes under every fault hold over two servers',
  async () => {
    const store = await sharedStore();
    for (const wanted of ['create_pod', 'delete_pod']) {
      const write = WRITE_CASES.find(({ tool }) => tool === wanted);
      if (write === undefined) throw new Error(`there is no ${wanted}`);
      const cells = await runRow(write, store);
      expect(faultsOf([{ write, cells, killed: null }])).toEqual([]);
      const ends = cells.flatMap((cell) => cell?.end ?? []);
      expect(ends).toEqual(expect.arrayContaining(['done', 'found', 'unknown', 'refused']));
      const late = FAULT_KINDS.findIndex(({ id }) => id === 'listed_later');
      if (write.listed) expect(cells[late]?.foundLater).toBe(true);
    }
  },
  TIMEOUT,
);

onTwo(
  'random calls under random faults hold over two servers',
  async () => {
    const { failure, steps, ends } = await soak({ seed: 1, steps: 40, store: await sharedStore() });
    expect(failure).toBe(null);
    expect(steps).toBe(40);
    expect(ends).toMatchObject({ done: expect.any(Number), over_limit: expect.any(Number) });
  },
  TIMEOUT,
);
