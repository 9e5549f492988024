import { describe, expect, it } from 'vitest';
import { runProgram, startProgram } from '../child.ts';

/** Starts `sandbox` on a free port and reads what it prints. */
async function startSandbox() {
  const child = await startProgram(['sandbox', '--port', '0', '--speed', '0']);
  const printed = new Promise<void>((resolve) => {
    child.process.stdout.on('data', () => {
      if (child.stdout().includes('Ctrl-C')) resolve();
    });
  });
  const early = child.ended.then(({ code, stderr }) => {
    throw new Error(`ended with ${code}: ${stderr}`);
  });
  await Promise.race([printed, early]);
  const setting = (name: string) => new RegExp(`\\b${name}=(\\S+)`).exec(child.stdout())?.[1] ?? '';
  return { child, setting };
}

describe('sandbox', () => {
  it('prints addresses and keys, and serves both clouds on loopback under them', async () => {
    const { setting } = await startSandbox();
    const volt = await fetch(`${setting('VOLT_BASE_URL')}/machines`, {
      headers: { 'x-api-key': setting('VOLT_API_KEY') },
    });
    expect(volt.status).toBe(200);
    const nebula = await fetch(`${setting('NEBULA_BASE_URL')}/computing/products`, {
      headers: { authorization: `Bearer ${setting('NEBULA_API_KEY')}` },
    });
    expect(nebula.status).toBe(200);
    const embeddings = await fetch(`${setting('NEBULA_INFERENCE_URL')}/embeddings`, { method: 'POST' });
    expect(embeddings.status).toBe(401);
    for (const name of ['VOLT_BASE_URL', 'NEBULA_BASE_URL', 'NEBULA_INFERENCE_URL']) {
      expect(new URL(setting(name)).hostname).toBe('127.0.0.1');
    }
  });

  it('works with a server pointed at it by those settings', async () => {
    const { setting } = await startSandbox();
    const { code, stdout } = await runProgram(['call', 'list_machines', '{"limit": 1}'], {
      VOLT_API_KEY: setting('VOLT_API_KEY'),
      VOLT_BASE_URL: setting('VOLT_BASE_URL'),
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/volt:machine:/);
  });

  it('ends when it is told to', async () => {
    const { child } = await startSandbox();
    child.process.kill('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 0, signal: null });
  });

  it('on a port that is taken fails with 1 and says so', async () => {
    const { setting } = await startSandbox();
    const { port } = new URL(setting('VOLT_BASE_URL'));
    const { code, stderr } = await runProgram(['sandbox', '--port', port]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/EADDRINUSE/);
  });
});
