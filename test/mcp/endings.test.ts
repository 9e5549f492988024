import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RunningSandbox, serveSandbox } from '../../src/sandbox/serve.ts';
import { auditOf } from '../gate/audit-lines.ts';
import { HARNESS_START } from '../harness.ts';
import { type Peer, startPeer } from './peer.ts';

/** How long the cloud takes for a write here, milliseconds: the end of the connection comes in between. */
const SLOW_MS = 400;
const PATIENCE = { timeout: 30_000, interval: 5 };

let sandbox: RunningSandbox;
beforeEach(async () => {
  sandbox = await serveSandbox({ speed: 0, start: HARNESS_START });
});
afterEach(() => sandbox.close());

const connect = (home?: string): Promise<Peer> =>
  startPeer([], {
    VOLT_API_KEY: sandbox.volt.apiKey,
    VOLT_BASE_URL: sandbox.volt.baseUrl,
    ...(home !== undefined && { GPU_MCP_STATE_DIR: join(home, 'state') }),
  });

/** Consents to a call and returns its result, once the cloud has the write. */
async function send(peer: Peer, tool: string, args: object, method: string, path: RegExp) {
  const { structuredContent } = await peer.call(tool, args);
  const { confirmation } = structuredContent as { confirmation: { token: string; reply: string } };
  const consent = { confirmation_token: confirmation.token, user_reply: confirmation.reply };
  const result = peer.call(tool, { ...args, ...consent });
  result.catch(() => {});
  await vi.waitFor(() => {
    const sent = sandbox.world.requests.filter((one) => one.method === method && path.test(one.path));
    expect(sent).toHaveLength(1);
  }, PATIENCE);
  return { result };
}

const stateOf = (peer: Peer): string => join(peer.home, 'state');

it('a write under way is finished, answered and audited after stdin ends and SIGTERM comes twice, and then the server ends with 0', async () => {
  const id = sandbox.world.addPod('volt', { name: 'old' });
  const peer = await connect();
  sandbox.world.faults.add({ cloud: 'volt', method: 'DELETE', kind: 'delay', delay_ms: SLOW_MS });
  const { result } = await send(peer, 'delete_pod', { pod: `volt:pod:${id}` }, 'DELETE', /^\/pods\//);
  peer.process.stdin.end();
  peer.process.kill('SIGTERM');
  peer.process.kill('SIGTERM');
  expect(await result).toMatchObject({ isError: false, structuredContent: { status: 'done' } });
  expect(await peer.ended).toMatchObject({ code: 0, signal: null });
  expect(await auditOf(stateOf(peer))).toMatchObject([
    { tool: 'delete_pod', outcome: 'asked_with_token' },
    { tool: 'delete_pod', ref: `volt:pod:${id}`, outcome: 'done' },
  ]);
});

it('after SIGINT the write under way is finished and audited, no further one begins, and the answer says that nothing was sent', async () => {
  const [first, second] = ['one', 'two'].map((name) => sandbox.world.addPod('volt', { name }));
  const peer = await connect();
  const { structuredContent } = await peer.call('delete_pod', { pod: `volt:pod:${second}` });
  const { confirmation } = structuredContent as { confirmation: { token: string; reply: string } };
  sandbox.world.faults.add({ cloud: 'volt', method: 'DELETE', kind: 'delay', delay_ms: SLOW_MS });
  const { result } = await send(peer, 'delete_pod', { pod: `volt:pod:${first}` }, 'DELETE', /^\/pods\//);
  peer.process.kill('SIGINT');
  await vi.waitFor(() => expect(peer.stderr()).toContain('"msg":"ending"'), PATIENCE);
  const late = await peer.call('delete_pod', {
    pod: `volt:pod:${second}`,
    confirmation_token: confirmation.token,
    user_reply: confirmation.reply,
  });
  expect(late).toMatchObject({ structuredContent: { error: { code: 'cancelled' } } });
  expect(await result).toMatchObject({ isError: false, structuredContent: { status: 'done' } });
  expect(await peer.ended).toMatchObject({ code: 0, signal: null });
  const audited = (await auditOf(stateOf(peer))).filter(({ outcome }) => outcome === 'done');
  expect(audited).toMatchObject([{ tool: 'delete_pod', ref: `volt:pod:${first}` }]);
  expect(sandbox.world.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
});

describe('a key whose secret is shown once', () => {
  const NEW_KEY = { cloud: 'volt', name: 'ci' };
  const filesOf = async (peer: Peer): Promise<string[]> => {
    const dir = join(stateOf(peer), 'files');
    return (await readdir(dir)).map((name) => join(dir, name));
  };

  it('has its file before the key is made, and the secret in it although the client went', async () => {
    const peer = await connect();
    sandbox.world.faults.add({ cloud: 'volt', method: 'POST', kind: 'delay', delay_ms: SLOW_MS });
    const { result } = await send(peer, 'create_api_key', NEW_KEY, 'POST', /^\/api-keys$/);
    const [path = ''] = await filesOf(peer);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).not.toContain('volt_');
    peer.process.stdin.end();
    expect(await result).toMatchObject({ structuredContent: { status: 'done', secret_file: path } });
    expect(await peer.ended).toMatchObject({ code: 0, signal: null });
    expect(await readFile(path, 'utf8')).toMatch(/^volt_\S+$/);
  });

  it('is reported at the next start if a kill cut it off', async () => {
    const peer = await connect();
    sandbox.world.faults.add({ cloud: 'volt', method: 'POST', kind: 'delay', delay_ms: SLOW_MS });
    await send(peer, 'create_api_key', NEW_KEY, 'POST', /^\/api-keys$/);
    peer.process.kill('SIGKILL');
    await peer.ended;
    await vi.waitFor(
      () => expect(sandbox.world.volt.api_keys.map(({ name }) => name)).toContain('ci'),
      PATIENCE,
    );
    const next = await connect(peer.home);
    const { structuredContent } = await next.call('get_spend');
    const { spend } = structuredContent as { spend: { notices: string[] } };
    expect(spend.notices).toEqual([expect.stringMatching(/create_api_key .*revoke_api_key/)]);
  });
});
