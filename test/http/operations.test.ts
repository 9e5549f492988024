import { describe, expect, it } from 'vitest';
import { SERVER_LOGS } from '../../src/http/messages.ts';
import { VOLT_POD } from '../harness.ts';
import { soon, start } from './start.ts';
import {
  agreed,
  eventsOf,
  INITIALIZE,
  isQuestion,
  isResult,
  messageOf,
  openWire,
  post,
  raw,
  refusal,
  until,
} from './wire.ts';

describe('operations', () => {
  it('reports whether it lives and whether the clouds can be used, asking them seldom', async () => {
    const clock = { ahead: 0 };
    const { url, sandbox } = await start({ clock });
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', clouds: { volt: 'ok', nebula: 'ok' } },
    ]);
    await sandbox.close();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    clock.ahead = 16_000;
    const unready = await fetch(`${url}/readyz`);
    expect(unready.status).toBe(503);
    expect(await unready.json()).toMatchObject({
      status: 'unready',
      clouds: { volt: 'upstream_unavailable' },
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('asks without keys when callers send them', async () => {
    const { url } = await start({ headers: true });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('counts calls, requests, gate outcomes, sessions, money, under bounded labels', async () => {
    const { url, mcp } = await start({ config: { GPU_MCP_MAX_USD_PER_HOUR: '0.01' } });
    const session = await openWire(mcp);
    await messageOf(await session.call('list_pods'));
    await messageOf(await session.call(`made_up_${'x'.repeat(50)}`));
    await messageOf(await session.call('create_pod', VOLT_POD));
    await fetch(`${url}/readyz`);
    await fetch(`${url}/a/secret/path?token=abc`);
    const reply = await fetch(`${url}/metrics`);
    const text = await reply.text();
    expect(reply.headers.get('content-type')).toMatch(/^text\/plain/);
    for (const line of [
      /^gpu_mcp_tool_calls_total\{tool="list_pods",outcome="ok"\} 1$/m,
      /^gpu_mcp_tool_calls_total\{tool="unknown",outcome="not_found"\} 1$/m,
      /^gpu_mcp_gate_outcomes_total\{tool="create_pod",outcome="over_limit"\} 1$/m,
      /^gpu_mcp_upstream_requests_total\{cloud="volt",method="GET",route="\/pods",status="2xx"\} \d+$/m,
      /^gpu_mcp_upstream_budget_remaining\{cloud="volt"\} 9\d\d$/m,
      /^gpu_mcp_burn_usd_per_hour \d/m,
      /^gpu_mcp_sessions 1$/m,
      /^gpu_mcp_tool_call_seconds_count\{tool="list_pods"\} 1$/m,
      /^gpu_mcp_http_requests_total\{method="GET",route="other",status="404"\} 1$/m,
    ]) {
      expect(text).toMatch(line);
    }
    expect(text).not.toMatch(/made_up|secret|abc/);
  });

  it('shows figures to callers alone, or to the bearer of the metrics token alone', async () => {
    const one = await start({ config: { GPU_MCP_HTTP_TOKEN: 'caller-token' } });
    const at = async (url: string, token?: string) =>
      (
        await fetch(`${url}/metrics`, {
          headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        })
      ).status;
    expect([await at(one.url), await at(one.url, 'caller-token')]).toEqual([401, 200]);
    const two = await start({
      config: { GPU_MCP_HTTP_TOKEN: 'caller-token', GPU_MCP_METRICS_TOKEN: 'metrics-token' },
    });
    expect([await at(two.url, 'caller-token'), await at(two.url, 'metrics-token')]).toEqual([401, 200]);
    const metrics = { authorization: 'Bearer metrics-token' };
    expect((await post(two.mcp, INITIALIZE, metrics)).status).toBe(401);
  });

  it('logs each request with its id, what it is about, and no secret', async () => {
    const { mcp, logs } = await start({
      config: { GPU_MCP_HTTP_TOKEN: 'caller-token', GPU_MCP_TRUST_PROXY: '127.0.0.1' },
    });
    const sent = { authorization: 'Bearer caller-token', 'x-forwarded-for': '203.0.113.7' };
    const session = await openWire(`${mcp}?key=in-the-query`, sent);
    const response = await session.call('list_pods');
    const id = response.headers.get('x-request-id');
    await response.text();
    await soon(() =>
      logs.filter(({ request_id, msg }) => request_id === id && msg === 'http request'),
    ).toHaveLength(1);
    expect(logs.find(({ request_id }) => request_id === id)).toMatchObject({
      rpc: 'tools/call',
      tool: 'list_pods',
      method: 'POST',
      route: '/mcp',
      status: 200,
      caller: 'token:default',
      session: session.id.slice(0, 8),
      address: '203.0.113.7',
    });
    expect(JSON.stringify(logs)).not.toMatch(/caller-token|in-the-query/);
  });

  it('takes hints of the cloud at its public address, the secret never being logged', async () => {
    const { url, logs, runtimes } = await start({ config: { GPU_MCP_PUBLIC_URL: 'https://gpu.example' } });
    const hook = runtimes[0]?.webhooks.get('volt')?.url ?? '';
    expect(hook).toMatch(/^https:\/\/gpu\.example\/webhooks\/volt\/\S{40,}$/);
    const path = new URL(hook).pathname;
    const hint = (to: string) =>
      fetch(`${url}${to}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"jobId":"ft_1"}',
      });
    expect((await hint(path)).status).toBe(202);
    expect((await hint('/webhooks/volt/guessed')).status).toBe(404);
    await soon(() => logs.filter(({ route }) => route === '/webhooks')).toHaveLength(2);
    expect(JSON.stringify(logs)).not.toContain(path.split('/').at(-1));
  });

  it('believes no forwarding header of an untrusted peer', async () => {
    const { url, logs } = await start({ config: { GPU_MCP_TRUST_PROXY: '10.0.0.0/8' } });
    const headers = 'X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Host: evil.example\r\nX-Request-Id: chosen';
    const text = await raw(url, [`GET /mcp HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n`]);
    expect(text).not.toMatch(/x-request-id: chosen/i);
    await soon(() => logs.find(({ msg }) => msg === 'http request')).toMatchObject({
      address: '127.0.0.1',
      status: 400,
    });
  });

  it('drains: what runs ends well, nothing new begins, then everything is closed', async () => {
    const { url, mcp, server } = await start();
    const session = await openWire(mcp);
    const stream = eventsOf(await session.call('create_pod', VOLT_POD, 5));
    const question = await until(stream, isQuestion);
    const drained = server.drain();
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    const refused = await session.call('list_pods');
    expect(await refusal(refused)).toMatchObject({ status: 503, message: /upstream_unavailable/ });
    expect((await post(mcp, INITIALIZE)).status).toBe(503);
    await session.answer(question.id ?? 0, agreed(question));
    const answer = await until(stream, isResult);
    expect(answer.result?.structuredContent).toMatchObject({ status: 'done' });
    await drained;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('cuts off no write when the time to drain is over, and lets none begin', async () => {
    const { server, runtimes } = await start({ limits: { drainMs: 0 } });
    const [runtime] = runtimes;
    if (runtime === undefined) throw new Error('no runtime');
    const { writes } = runtime.gate;
    const sending = writes.open();
    sending.begin();
    let isOver = false;
    const drained = server.drain().then(() => {
      isOver = true;
    });
    const began = (): boolean => {
      const late = writes.open();
      try {
        late.begin();
        late.end();
        return true;
      } catch {
        return false;
      }
    };
    await soon(began).toBe(false);
    expect(isOver).toBe(false);
    sending.end();
    await drained;
  });

  it('drains no longer than it may, and answers what it cuts off', async () => {
    const { mcp, server, logs, sandbox, connect } = await start({ limits: { drainMs: 50 } });
    const session = await openWire(mcp);
    const asked = eventsOf(await session.call('create_pod', VOLT_POD, 61));
    await until(asked, isQuestion);
    sandbox.world.faults.add({ cloud: 'volt', method: 'GET', path: '/pods', kind: 'hang' });
    const client = await connect();
    const before = sandbox.world.requests.length;
    const listed = client.callTool({ name: 'list_pods', arguments: { cloud: 'volt' } }).catch(String);
    await soon(() => sandbox.world.requests.length).toBeGreaterThan(before);
    await server.drain();
    expect(await until(asked, ({ id, error }) => id === 61 && error !== undefined)).toMatchObject({
      error: { code: -32000, message: /get_spend.*confirmation_token/ },
    });
    expect(await listed).toContain('-32000');
    expect(logs.some(({ msg }) => msg === SERVER_LOGS.cut_off)).toBe(true);
  });
});
