import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { expect } from 'vitest';

/** The list of resources once the poll that it starts has found so many rows: the list itself waits for no cloud. */
export async function listedAfterLook(client: Client, rows: number) {
  await expect
    .poll(async () => (await client.listResources()).resources.length, { timeout: 30_000 })
    .toBeGreaterThanOrEqual(rows);
  return (await client.listResources()).resources;
}
