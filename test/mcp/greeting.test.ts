import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openRuntime } from '../../src/app.ts';
import { readConfig } from '../../src/config/read.ts';
import { type RunningSandbox, serveSandbox } from '../../src/sandbox/serve.ts';
import { createLeaseStore } from '../../src/store/leases.ts';
import { HARNESS_START, VOLT_POD } from '../harness.ts';
import { startPeer } from './peer.ts';

const LOADED = 'clouds and tools ready';
const VOLT = { VOLT_API_KEY: 'volt_live_greeting_key' };
const NEBULA = { NEBULA_API_KEY: 'greeting-nebula-key' };

describe('the list of a server that is not loaded', () => {
  it.each([
    ['one cloud', VOLT],
    ['the other', NEBULA],
    ['both', { ...VOLT, ...NEBULA }],
    ['the simulator', { GPU_MCP_SANDBOX: 'true' }],
    ['a reader', { ...VOLT, ...NEBULA, GPU_MCP_READ_ONLY: 'true' }],
    ['some toolsets', { ...VOLT, GPU_MCP_TOOLSETS: 'pods,jobs' }],
    ['a person only', { ...NEBULA, GPU_MCP_CONFIRM: 'human' }],
  ])('is that of the loaded one: %s', async (_who, env: Record<string, string>) => {
    const peer = await startPeer([], env);
    const { result } = await peer.request('tools/list');
    expect(peer.stderr()).not.toContain(LOADED);
    const { runtime, close } = await openRuntime(readConfig(env, {}), { log: () => {} });
    expect(result).toEqual(JSON.parse(JSON.stringify({ tools: runtime.listed })));
    await close();
    await peer.request('prompts/list');
    await vi.waitFor(() => expect(peer.stderr()).toContain(LOADED));
    expect((await peer.request('tools/list')).result).toEqual(result);
  });

  it('costs nothing more than the greeting: the process ends with stdin, unloaded', async () => {
    const peer = await startPeer([], VOLT);
    await peer.request('tools/list');
    await peer.request('ping');
    peer.process.stdin.end();
    const { code, stderr } = await peer.ended;
    expect(code).toBe(0);
    expect(stderr).not.toContain(LOADED);
  });
});

describe('work that waits for no request', () => {
  let sandbox: RunningSandbox;
  beforeEach(async () => {
    sandbox = await serveSandbox({ speed: 0, start: HARNESS_START });
  });
  afterEach(() => sandbox.close());

  it('is done although the client asks for nothing: a pod whose time is up is stopped', async () => {
    const env = { VOLT_API_KEY: sandbox.volt.apiKey, VOLT_BASE_URL: sandbox.volt.baseUrl };
    const first = await startPeer([], env);
    const { structuredContent } = await first.call('create_pod', VOLT_POD);
    const { confirmation } = structuredContent as { confirmation: { token: string } };
    const made = await first.call('create_pod', { ...VOLT_POD, confirmation_token: confirmation.token });
    const { pod } = made.structuredContent as { pod: { ref: string; name: string } };
    sandbox.world.clock.advance(60);
    first.process.stdin.end();
    await first.ended;

    const account = createHash('sha256').update(sandbox.volt.apiKey).digest('hex').slice(0, 16);
    const state = join(first.home, 'state');
    await createLeaseStore({ volt: join(state, 'accounts', account) }).add({
      ref: pod.ref,
      name: pod.name,
      ends_at: '2026-01-01T00:00:00.000Z',
    });
    const second = await startPeer([], { ...env, GPU_MCP_STATE_DIR: state });
    await vi.waitFor(
      () => expect(sandbox.world.pods.list().map((row) => row.state)).not.toContain('running'),
      { timeout: 10_000 },
    );
    expect(second.stderr()).toContain(LOADED);
  });
});
