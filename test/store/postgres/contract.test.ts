import { describe, it } from 'vitest';
import { testPostgres } from '../../postgres/postgres.ts';
import { storeContract } from '../contract.ts';
import { postgresBed } from './bed.ts';

const postgres = await testPostgres();

if (postgres === null) describe.skip('PostgreSQL', () => it('holds the contract of a store', () => {}));
else {
  const url = postgres.database();
  storeContract('PostgreSQL', async () => {
    const bed = await postgresBed(await url);
    return { ...bed, open: (keys = {}) => bed.open({ keys }) };
  });
}
