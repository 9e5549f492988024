import { createHash } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LOADED, openRuntime } from '../../src/app.ts';
import { readConfig } from '../../src/config/read.ts';
import { READY } from '../../src/mcp/v1/server.ts';
import { type RunningSandbox, serveSandbox } from '../../src/sandbox/serve.ts';
import { createFileStore } from '../../src/store/files.ts';
import { binary } from '../binary.ts';
import { startProgram } from '../child.ts';
import { HARNESS_START } from '../harness.ts';
import { stateDirectory } from '../store/directory.ts';
import { type Message, startPeer } from './peer.ts';

const initialize = {
  jsonrpc: '2.0',
  id: 'first',
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};
const ask = (id: number, method: string, params: object = {}) => ({ jsonrpc: '2.0', id, method, params });

/** Everything that a server answers to these lines before it ends, in order. */
async function answersTo(lines: readonly object[], env: Record<string, string>): Promise<Message[]> {
  const { process, ended } = await startProgram(['serve'], env);
  process.stdin.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line): Message => JSON.parse(line));
}

/** The list of tools that a server with this environment gives. */
async function listedWith(env: Record<string, string>): Promise<unknown> {
  const { runtime, close } = await openRuntime(readConfig(env, {}), { log: () => {} });
  const list = JSON.parse(JSON.stringify({ tools: runtime.listed('both') }));
  await close();
  return list;
}

describe('loading behind the handshake', () => {
  it('answers what was sent in one go with the handshake, in order, even if stdin ends with it', async () => {
    const lines = [
      initialize,
      ask(1, 'tools/list'),
      ask(2, 'ping'),
      ask(3, 'prompts/list'),
      ask(4, 'tools/call', { name: 'nope' }),
      ask(5, 'tools/call', { name: 'list_machines' }),
    ];
    const answers = await answersTo(lines, { GPU_MCP_SANDBOX: 'true' });
    const ids = answers.map(({ id }) => id);
    expect(ids[0]).toBe('first');
    expect(ids.toSorted()).toEqual([1, 2, 3, 4, 5, 'first']);
    expect(ids.indexOf(1)).toBeLessThan(ids.indexOf(3));
    expect(answers.find(({ id }) => id === 4)?.result).toMatchObject({ isError: true });
    expect(answers.find(({ id }) => id === 5)?.result).toMatchObject({ isError: false });
  });

  it('lists the tools of the configured clouds and toolsets, also to a client that shakes no hands', async () => {
    const env = {
      NEBULA_API_KEY: 'greeting-nebula-key',
      GPU_MCP_TOOLSETS: 'pods,jobs',
      GPU_MCP_RESULTS: 'both',
    };
    const [answer] = await answersTo([ask(1, 'tools/list')], env);
    expect(answer).toMatchObject({ id: 1, result: await listedWith(env) });
  });

  it('begins without being asked for once the handshake is answered, and makes a package that is replaced meanwhile harmless', async () => {
    const home = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-replaced-'));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    const dist = join(home, 'dist');
    await cp(dirname(await binary()), dist, { recursive: true });
    const peer = await startPeer(['--sandbox', '--log-level', 'debug'], {}, {}, join(dist, 'index.js'));
    await vi.waitFor(() => expect(peer.stderr()).toContain(LOADED), { timeout: 30_000 });
    expect(peer.stderr()).toContain(READY);
    expect(peer.lines).toHaveLength(1);
    await rm(dist, { recursive: true });
    expect((await peer.request('tools/list')).result).toEqual(await listedWith({ GPU_MCP_SANDBOX: 'true' }));
    const listed = await peer.call('list_machines');
    expect(listed.isError, JSON.stringify(listed)).toBe(false);
    const key = { name: 'laptop', public_key: 'ssh-ed25519 broken', cloud: 'volt' };
    const refused = await peer.call('add_ssh_key', key);
    expect(JSON.stringify(refused)).toContain('invalid_input');
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
    const id = sandbox.world.addPod('volt', { name: 'trainer', state: 'running' });
    const account = createHash('sha256').update(sandbox.volt.apiKey).digest('hex').slice(0, 16);
    const state = await stateDirectory();
    await createFileStore({ accounts: { volt: join(state, 'accounts', account) }, shared: state }).leases.add(
      {
        ref: `volt:pod:${id}`,
        name: 'trainer',
        ends_at: '2026-01-01T00:00:00.000Z',
      },
    );
    const peer = await startPeer([], { ...env, GPU_MCP_STATE_DIR: state });
    await vi.waitFor(
      () => expect(sandbox.world.pods.list().map((row) => row.state)).not.toContain('running'),
      { timeout: 30_000 },
    );
    expect(peer.stderr()).toContain(READY);
    peer.process.stdin.end();
    await peer.ended;
  });
});
