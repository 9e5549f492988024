import { expect, it, vi } from 'vitest';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { startProgram } from '../child.ts';
import { HARNESS_START } from '../harness.ts';
import { FAILING_CALLS, FREE_CALLS } from './calls.ts';
import { plant, secretsOf, VALUES } from './planted.ts';

it('no secret is on stdout or stderr of the program itself, at the most talkative log level', async () => {
  const sandbox = await serveSandbox({ speed: 0, start: HARNESS_START, seed: 1 });
  try {
    const { world, volt, nebula } = sandbox;
    plant(world);
    const child = await startProgram(['serve'], {
      VOLT_API_KEY: volt.apiKey,
      VOLT_BASE_URL: volt.baseUrl,
      NEBULA_API_KEY: nebula.apiKey,
      NEBULA_BASE_URL: nebula.baseUrl,
      NEBULA_INFERENCE_URL: nebula.inferenceUrl,
      GPU_MCP_LOG_LEVEL: 'debug',
      GPU_MCP_SECRET_GHCR: VALUES.registry,
    });
    const send = (message: object) =>
      child.process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    };
    send({ id: 0, method: 'initialize', params });
    send({ method: 'notifications/initialized' });
    const calls = [...FREE_CALLS.filter(({ tool }) => tool !== 'wait_for'), ...FAILING_CALLS];
    for (const [index, { tool, args }] of calls.entries()) {
      send({ id: index + 1, method: 'tools/call', params: { name: tool, arguments: args(world) } });
    }
    await vi.waitFor(() => expect(child.stdout().split('\n').length).toBeGreaterThan(calls.length), {
      timeout: 30_000,
    });
    child.process.stdin.end();
    const { stdout, stderr } = await child.ended;
    expect(stderr).toContain('"level":"debug"');
    expect(secretsOf(world).filter((secret) => `${stdout}\n${stderr}`.includes(secret))).toEqual([]);
  } finally {
    await sandbox.close();
  }
}, 60_000);
