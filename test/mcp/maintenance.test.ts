import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHandshakeServer } from '../../src/mcp/v1/sdk.ts';
import { attachRuntime } from '../../src/mcp/v1/server.ts';
import { startHarness } from '../harness.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('maintenance beside a connection', () => {
  it('begins when the client is initialized, once however often it says so, and ends with the server', async () => {
    const { runtime } = await startHarness();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const server = createHandshakeServer(runtime.version);
    const [mine, theirs] = InMemoryTransport.createLinkedPair();
    await server.connect(theirs);
    const { stop } = attachRuntime(server, runtime);
    expect(vi.getTimerCount()).toBe(0);
    const client = new Client({ name: 'eager', version: '1' });
    await client.connect(mine);
    await client.notification({ method: 'notifications/initialized' });
    await client.ping();
    expect(vi.getTimerCount()).toBe(1);
    stop();
    expect(vi.getTimerCount()).toBe(0);
    await client.close();
  });
});
