import { startOwnCluster } from '../testbed/postgres.ts';
import { openSharedStore, type SharedStore } from '../testbed/shared-store.ts';

/**
 * What so many servers share: nothing for one; for two a PostgreSQL of their own (GPU_MCP_TEST_POSTGRES_BIN: the folder of
 * another one than the tests use). @throws Error on another number, and if no PostgreSQL runs here
 */
export async function openStoreFor(
  replicas: string,
): Promise<{ store: SharedStore | null; close: () => Promise<void> }> {
  if (replicas === '1') return { store: null, close: async () => {} };
  if (replicas !== '2') throw new Error(`--replicas ${replicas}: must be 1 or 2`);
  const { cluster, close } = startOwnCluster(process.env.GPU_MCP_TEST_POSTGRES_BIN);
  const store = await openSharedStore(cluster.url('postgres'));
  return {
    store,
    async close() {
      await store.close();
      close();
    },
  };
}
