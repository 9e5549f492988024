import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningSandbox, serveSandbox } from '../../src/sandbox/serve.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { startProgram } from '../child.ts';
import { challengeOf, HARNESS_START, VOLT_POD } from '../harness.ts';
import { type Peer, startPeer } from './peer.ts';

let sandbox: RunningSandbox;
beforeEach(async () => {
  sandbox = await serveSandbox({ speed: 0, start: HARNESS_START });
});
afterEach(() => sandbox.close());

/** The environment that points a server at the sandbox of this test. */
const clouds = (): Record<string, string> => ({
  VOLT_API_KEY: sandbox.volt.apiKey,
  VOLT_BASE_URL: sandbox.volt.baseUrl,
  NEBULA_API_KEY: sandbox.nebula.apiKey,
  NEBULA_BASE_URL: sandbox.nebula.baseUrl,
  NEBULA_INFERENCE_URL: sandbox.nebula.inferenceUrl,
});

/** The arguments of an order's second call, once its plan was shown. */
async function consentTo(peer: Peer, order: object) {
  const { structuredContent } = await peer.call('create_pod', order);
  const { confirmation } = structuredContent as { confirmation: { token: string; reply: string } };
  return { ...order, confirmation_token: confirmation.token, user_reply: confirmation.reply };
}

describe('start', () => {
  it("two siblings in one state directory both work, and one's token is worth nothing in the other", async () => {
    const first = await startPeer([], clouds());
    const second = await startPeer([], { ...clouds(), GPU_MCP_STATE_DIR: join(first.home, 'state') });
    const planned = await Promise.all(
      [first, second].map((peer, index) => consentTo(peer, { ...VOLT_POD, name: `pod-${index}` })),
    );
    const made = await Promise.all(
      [first, second].map((peer, index) => peer.call('create_pod', planned[index])),
    );
    expect(made.map(({ structuredContent }) => structuredContent)).toMatchObject([
      { status: 'done', pod: { name: 'pod-0' } },
      { status: 'done', pod: { name: 'pod-1' } },
    ]);
    const names = sandbox.world.pods.list().map(({ name }) => name);
    expect(names.toSorted()).toEqual(['pod-0', 'pod-1']);

    const theirs = await consentTo(first, { ...VOLT_POD, name: 'pod-2' });
    expect(await second.call('create_pod', theirs)).toMatchObject({
      isError: true,
      structuredContent: { error: { code: 'confirmation_invalid' } },
    });
    expect(sandbox.world.pods.list()).toHaveLength(2);
  });
});

describe('stdout', () => {
  it('carries JSON-RPC lines and nothing else, logs are JSON lines on stderr, and no key is in either; before a call nothing is sent and no file is made', async () => {
    const peer = await startPeer(['--log-level', 'debug'], clouds());
    await peer.request('tools/list');
    await peer.request('ping');
    expect([...sandbox.world.requests]).toEqual([]);
    expect(existsSync(join(peer.home, 'state'))).toBe(false);
    await peer.call('list_machines');
    await peer.call('get_pod', { pod: 'volt:pod:pod_gone' });
    await peer.call('no_such_tool');
    await peer.request('resources/list');
    await peer.request('no/such/method');
    peer.process.stdin.end();
    const { stdout, stderr, code } = await peer.ended;
    expect(code).toBe(0);

    const messages = stdout.trimEnd().split('\n');
    expect(messages.length).toBeGreaterThanOrEqual(7);
    for (const line of messages) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });

    const logs = stderr
      .trimEnd()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line));
    expect(logs.length).toBeGreaterThan(3);
    for (const log of logs) {
      expect(log).toMatchObject({ msg: expect.any(String), time: expect.stringMatching(/^\d{4}-.*Z$/) });
      expect(['debug', 'info', 'warn', 'error']).toContain(log.level);
    }
    expect(logs).toContainEqual(
      expect.objectContaining({ msg: 'tool call', tool: 'list_machines', ok: true }),
    );
    const { volt, nebula } = sandbox.world.keys;
    for (const key of [volt, nebula]) expect(stdout + stderr).not.toContain(key);
  });

  it('is what a bad line is answered on, which ends nothing: a broken one, an empty one, JSON that is no message, one over the limit; SIGHUP ends it with 0', async () => {
    const peer = await startPeer([], clouds());
    for (const line of ['{nope', '', '[]', '42', '{"jsonrpc":"1.0"}', '\u0000']) peer.send(line);
    expect(await peer.request('ping')).toMatchObject({ result: {} });
    const before = peer.lines.length;
    const image = 'A'.repeat(11 * 1024 * 1024);
    peer.send({
      jsonrpc: '2.0',
      id: 77,
      method: 'tools/call',
      params: { name: 'generate_image', arguments: { image } },
    });
    expect((await peer.call('list_pods')).isError).toBe(false);
    expect(JSON.parse(peer.lines[before] ?? '')).toMatchObject({ id: null, error: { code: -32600 } });
    peer.process.kill('SIGHUP');
    expect(await peer.ended).toMatchObject({ code: 0, signal: null });
  });
});

describe('the end', () => {
  it('comes soon after stdin ends while a tool waits for a pod that never comes up and a request to a cloud hangs', async () => {
    const id = sandbox.world.addPod('volt', { name: 'stuck', state: 'deploying' });
    const peer = await startPeer([], clouds());
    const progressed = new Promise<void>((resolve) => {
      peer.process.stdout.on('data', (text: string) => {
        if (text.includes('notifications/progress')) resolve();
      });
    });
    const waiting = peer.request('tools/call', {
      name: 'wait_for',
      arguments: { ref: `volt:pod:${id}`, timeout_seconds: 600 },
      _meta: { progressToken: 7 },
    });
    const waitedInVain = expect(waiting).rejects.toThrow(/ended with 0 before/);
    await progressed;
    sandbox.world.faults.add({ kind: 'hang', cloud: 'volt', times: 5 });
    const hanging = peer.call('list_machines', { cloud: 'volt' });
    const hungInVain = expect(hanging).rejects.toThrow(/ended with 0 before/);
    // The other cloud's answer proves that the hanging request was read before.
    await peer.call('list_machines', { cloud: 'nebula' });
    peer.process.stdin.end();
    expect(await peer.ended).toMatchObject({ code: 0, signal: null });
    await Promise.all([waitedInVain, hungInVain]);
  });

  it('comes without a crash when nobody reads, however much is still to be said', async () => {
    const peer = await startPeer([], clouds());
    peer.process.stdout.destroy();
    for (let n = 0; n < 200 && peer.process.exitCode === null; n += 1) {
      if (peer.process.stdin.writable)
        peer.send({ jsonrpc: '2.0', id: 900 + n, method: n % 2 === 0 ? 'ping' : 'tools/list' });
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { code, stderr } = await peer.ended;
    expect(stderr).not.toMatch(/\n\s+at |EPIPE/);
    expect(code).toBe(0);
  });

  it('comes when the client was gone before the first word', async () => {
    const child = await startProgram(['serve'], clouds());
    child.process.stdin.end();
    expect(await child.ended).toMatchObject({ code: 0, stdout: '' });
  });
});

describe('serve --sandbox', () => {
  it('rents a machine after the person typed its price, and marks every result; SIGINT ends it with 0', async () => {
    const peer = await startPeer(['--sandbox', '--sandbox-speed', '100'], {}, { elicitation: { form: {} } });
    const { result } = await peer.request('tools/list');
    expect(result?.tools).toMatchObject(TOOLS.map(({ name }) => ({ name })));
    const questions: string[] = [];
    peer.onRequest = ({ method, params }) => {
      expect(method).toBe('elicitation/create');
      questions.push(String(params?.message));
      return { action: 'accept', content: { confirm: challengeOf(String(params?.message)) } };
    };
    const made = await peer.call('create_pod', VOLT_POD);
    expect(made).toMatchObject({
      isError: false,
      structuredContent: { status: 'done', sandbox: true, pod: { name: 'trainer' } },
      content: [{ type: 'text', text: expect.stringMatching(/^\[sandbox\b/) }],
    });
    expect(questions).toHaveLength(1);
    expect(questions[0]).toMatch(/0\.39/);
    const failed = await peer.call('get_pod', { pod: 'volt:pod:pod_gone' });
    expect(failed).toMatchObject({ isError: true, structuredContent: { sandbox: true } });
    peer.process.kill('SIGINT');
    expect(await peer.ended).toMatchObject({ code: 0, signal: null });
  });
});
