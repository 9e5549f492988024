import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningSandbox, serveSandbox } from '../../src/sandbox/serve.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { startProgram } from '../child.ts';
import { challengeOf, HARNESS_START, VOLT_POD } from '../harness.ts';
import { envelope, REVISION } from '../http/modern-wire.ts';
import type { Rpc } from '../http/wire.ts';

let sandbox: RunningSandbox;
beforeEach(async () => {
  sandbox = await serveSandbox({ speed: 0, start: HARNESS_START });
});
afterEach(() => sandbox.close());

/** A server process on a pipe, which accepts every revision. */
async function startPipe(args: readonly string[] = []) {
  const child = await startProgram(['serve', ...args], {
    VOLT_API_KEY: sandbox.volt.apiKey,
    VOLT_BASE_URL: sandbox.volt.baseUrl,
  });
  const lines: Rpc[] = [];
  createInterface({ input: child.process.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  const send = (message: object) =>
    child.process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  /** The answer to a request, or the first message that fits. */
  const until = async (fits: (message: Rpc) => boolean): Promise<Rpc> => {
    await expect.poll(() => lines.some(fits), { timeout: 30_000 }).toBe(true);
    return lines.find(fits) ?? {};
  };
  let last = 0;
  const ask = (method: string, params: object): Promise<Rpc> => {
    last += 1;
    const id = last;
    send({ id, method, params });
    return until((message) => message.id === id && message.method === undefined);
  };
  const modern = (method: string, params: object = {}, meta: object = envelope(true)) =>
    ask(method, { ...params, _meta: meta });
  const end = async () => {
    child.process.stdin.end();
    return child.ended;
  };
  return { ...child, lines, send, until, ask, modern, end };
}

const { 'io.modelcontextprotocol/clientCapabilities': _left, ...withoutCapabilities } = envelope();

const HANDSHAKE = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'raw', version: '1' },
};

describe('one pipe', () => {
  it('answers a probe, the new revision and the handshake, message by message', async () => {
    const { modern, ask, send, until, lines, end } = await startPipe();
    const found = await modern('server/discover');
    expect(found.result).toMatchObject({
      resultType: 'complete',
      supportedVersions: [REVISION],
      ttlMs: 300_000,
    });
    const future = { ...envelope(), 'io.modelcontextprotocol/protocolVersion': '2099-01-01' };
    expect((await modern('tools/list', {}, future)).error).toMatchObject({
      code: -32022,
      data: { supported: [REVISION], requested: '2099-01-01' },
    });
    expect((await modern('ping')).error?.code).toBe(-32601);
    const wrong = { cursor: null };
    expect((await modern('tools/list', wrong, future)).error?.code).toBe(-32022);
    expect((await modern('tools/list', wrong, withoutCapabilities)).error?.message).toMatch(
      /^_meta: .*Capab/,
    );
    expect((await modern('ping', {}, { ...envelope(), progressToken: {} })).error?.code).toBe(-32601);
    expect((await modern('tools/list', wrong)).error?.message).toMatch(/\bcursor\b/);
    const listed = await modern('tools/list');
    expect(listed.result).toMatchObject({ resultType: 'complete', cacheScope: 'private' });
    expect(listed.result?.tools?.length).toBeLessThan(TOOLS.length);

    const shaken = await ask('initialize', HANDSHAKE);
    expect(shaken.result).toMatchObject({ protocolVersion: '2025-11-25' });
    send({ method: 'notifications/initialized' });
    expect((await ask('tools/list', {})).result?.tools).toEqual(listed.result?.tools);
    expect((await ask('tools/list', {})).result?.resultType).toBeUndefined();

    const order = { name: 'create_pod', arguments: VOLT_POD };
    const asked = await modern('tools/call', order);
    expect(asked.result?.resultType).toBe('input_required');
    const { inputRequests, requestState } = asked.result as {
      inputRequests: { confirm: { method: string; params: { message: string } } };
      requestState: string;
    };
    expect(inputRequests.confirm.method).toBe('elicitation/create');
    const typed = challengeOf(inputRequests.confirm.params.message);
    const inputResponses = { confirm: { action: 'accept', content: { confirm: typed } } };
    const done = await modern('tools/call', { ...order, requestState, inputResponses });
    expect(done.result).toMatchObject({ resultType: 'complete', isError: false });
    expect(sandbox.world.pods.list()).toHaveLength(1);

    send({
      id: 'l',
      method: 'subscriptions/listen',
      params: { notifications: { resourceSubscriptions: ['gpu://pods'] }, _meta: envelope() },
    });
    const acknowledged = await until(({ method }) => method === 'notifications/subscriptions/acknowledged');
    expect(acknowledged.params).toMatchObject({
      notifications: { resourceSubscriptions: ['gpu://pods'] },
      _meta: { 'io.modelcontextprotocol/subscriptionId': 'l' },
    });
    send({ id: 'l', method: 'tools/list', params: { _meta: envelope() } });
    expect((await until(({ id, error }) => id === 'l' && error !== undefined)).error?.code).toBe(-32600);
    const { code } = await end();
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ id: 'l', result: { resultType: 'complete' } });
  });

  it('is only probed: nothing is loaded, sent or written, and it ends with stdin', async () => {
    const { modern, end, home } = await startPipe();
    await modern('server/discover');
    // In this revision there is no handshake; one with its own parameters is served as in older ones.
    expect((await modern('initialize')).error?.code).toBe(-32601);
    expect((await end()).code).toBe(0);
    expect([...sandbox.world.requests]).toEqual([]);
    expect(existsSync(join(home, 'state'))).toBe(false);
  });

  it('serves the handshake alone under --protocol 2025', async () => {
    const { modern, ask } = await startPipe(['--protocol', '2025']);
    expect((await modern('server/discover')).error?.code).toBe(-32601);
    expect((await ask('initialize', HANDSHAKE)).result).toMatchObject({ protocolVersion: '2025-11-25' });
  });
});
