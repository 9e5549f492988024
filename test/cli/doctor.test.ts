import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Ask, examine, type Finding, openDoctor, reportText } from '../../src/cli/commands/doctor.ts';
import type { DoctorDeps } from '../../src/cli/commands/doctor-check.ts';
import { UNTRIED } from '../../src/cli/commands/doctor-clouds.ts';
import { MODE_LINES } from '../../src/cli/commands/doctor-local.ts';
import { createPaint } from '../../src/cli/terminal/screen.ts';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { naming } from '../facts.ts';
import { runHere } from './here.ts';

type Env = Record<string, string>;

async function sandboxEnv(): Promise<Env> {
  const sandbox = await serveSandbox({ speed: 0 });
  onTestFinished(() => sandbox.close());
  return {
    VOLT_API_KEY: sandbox.volt.apiKey,
    VOLT_BASE_URL: sandbox.volt.baseUrl,
    NEBULA_API_KEY: sandbox.nebula.apiKey,
    NEBULA_BASE_URL: sandbox.nebula.baseUrl,
    NEBULA_INFERENCE_URL: sandbox.nebula.inferenceUrl,
  };
}

function home(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-doctor-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The findings by check, on a machine of its own. */
async function see(env: Env, change: (deps: DoctorDeps) => Partial<DoctorDeps> = () => ({}), ask?: Ask) {
  const dir = env.HOME ?? home();
  const nowhere = { VOLT_BASE_URL: 'http://127.0.0.1:1', NEBULA_BASE_URL: 'http://127.0.0.1:1' };
  const own = { HOME: dir, XDG_STATE_HOME: join(dir, 'state'), ...nowhere, ...env };
  const { deps, close } = await openDoctor({}, own, ask);
  onTestFinished(close);
  const findings = await examine({ ...deps, ...change(deps) });
  const by = (check: string): Finding => {
    const found = findings.find((finding) => finding.check === check);
    if (found === undefined) throw new Error(`no check ${check}`);
    return found;
  };
  return { findings, by };
}

describe('doctor', () => {
  it('finds a key that install stored, uses it, and says from where; a variable wins', async () => {
    const { VOLT_API_KEY = '', ...env } = await sandboxEnv();
    const dir = home();
    const path = join(dir, 'state', 'gpu-cloud-mcp', 'keys', 'volt');
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
    chmodSync(join(dir, 'state', 'gpu-cloud-mcp'), 0o700);
    writeFileSync(path, `${VOLT_API_KEY}\n`);
    const { by } = await see({ ...env, HOME: dir });
    expect(by('key_volt')).toMatchObject({ ok: true, line: expect.stringContaining(path) });
    expect(by('accepted_volt').ok).toBe(true);
    const again = await see({ ...env, HOME: dir, VOLT_API_KEY });
    expect(again.by('key_volt').line).toMatch(naming('VOLT_API_KEY', String(VOLT_API_KEY.length)));
  });

  it('finds nothing wrong when nothing is, and every check says something', async () => {
    const { findings } = await see(await sandboxEnv());
    expect(findings.filter(({ ok }) => ok === false)).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual([
      'node',
      'settings',
      'mode',
      'key_volt',
      'key_nebula',
      'reach_volt',
      'reach_nebula',
      'clock',
      'accepted_volt',
      'accepted_nebula',
      'drift_volt',
      'drift_nebula',
      'budget',
      'state_dir',
      'store',
      'proxy',
      'caps',
      'clients',
      'duplicates',
    ]);
  });

  it('knows that addresses on this machine are no real money, and shows the balance with cents', async () => {
    const { by } = await see(await sandboxEnv());
    expect(by('mode').line).toBe(MODE_LINES.local);
    expect(by('budget').line).toContain('$1,228.56');
    const real = await see(
      { VOLT_API_KEY: 'volt_x1234567', VOLT_BASE_URL: 'https://volt.invalid/api/volt' },
      () => ({
        runtime: null,
        probe: () => Promise.reject(new Error('offline')),
      }),
    );
    expect(real.by('mode').line).toBe(MODE_LINES.real);
  });

  it('names the proxy on the way to a cloud without its password', async () => {
    const { by, findings } = await see(
      {
        VOLT_API_KEY: 'volt_x1234567',
        VOLT_BASE_URL: 'https://volt.invalid/api/volt',
        HTTPS_PROXY: 'http://me:canary-pass@proxy.invalid:3128',
      },
      () => ({ runtime: null, probe: () => Promise.reject(new Error('offline')) }),
    );
    expect(by('proxy').line).toMatch(naming('Volt', 'http://proxy.invalid:3128'));
    expect(JSON.stringify(findings)).not.toContain('canary');
  });

  it('warns of misspelt and empty settings', async () => {
    const { by } = await see({ ...(await sandboxEnv()), GPU_MCP_READONLY: '1', GPU_MCP_CONFIRM: '' });
    expect(by('settings')).toMatchObject({ ok: false, remedy: expect.any(String) });
    expect(by('settings').line).toMatch(/GPU_MCP_READ_ONLY\b|GPU_MCP_CONFIRM\b/);
  });

  it('shows how replies differ from the documents, without counting it as a fault', async () => {
    const odd = { id: 'volt', drift: () => ['GET /pods: state "warming"'] };
    const { by } = await see(await sandboxEnv(), ({ runtime }) => {
      if (runtime === null) throw new Error('no runtime');
      const { clouds } = runtime;
      const get = (id: string) => (id === 'volt' ? { ...clouds.get(id), ...odd } : clouds.get(id));
      return { runtime: { ...runtime, clouds: { ...clouds, get } } };
    });
    expect(by('drift_volt')).toMatchObject({ ok: null, line: expect.stringContaining('state "warming"') });
    expect(by('drift_nebula').ok).toBe(true);
  });

  it('reports two missing keys, and for one only that its tools do not exist', async () => {
    const none = await see({});
    expect(none.by('key_volt')).toMatchObject({ ok: false, remedy: expect.stringMatching(/VOLT_API_KEY/) });
    expect(none.by('key_nebula').ok).toBe(false);
    const { VOLT_API_KEY = '', VOLT_BASE_URL = '' } = await sandboxEnv();
    const one = await see({ VOLT_API_KEY, VOLT_BASE_URL });
    expect(one.by('key_nebula')).toMatchObject({ ok: null, remedy: null });
    expect(one.by('accepted_volt').ok).toBe(true);
  });

  it.each([['two words'], [['$', '{VOLT_API_KEY}'].join('')], ['$VOLT_API_KEY']])(
    'says that %j is no key, and does not repeat it',
    async (key) => {
      const found = (await see({ VOLT_API_KEY: key })).by('key_volt');
      const names = expect.stringMatching(naming('VOLT_API_KEY'));
      expect(found).toMatchObject({ ok: false, line: names, remedy: names });
      expect(JSON.stringify(found)).not.toContain(key);
    },
  );

  it.each<[string, Env, Record<string, Partial<Record<keyof Finding, unknown>>>]>([
    [
      'is missing',
      { VOLT_API_KEY: '' },
      {
        key_volt: { ok: null },
        accepted_volt: { ok: null, line: expect.stringContaining(UNTRIED.keyless) },
        accepted_nebula: { ok: true },
        budget: { ok: true },
      },
    ],
    [
      'is refused',
      { VOLT_API_KEY: 'volt_canary_77778888' },
      {
        key_volt: { ok: true },
        accepted_volt: {
          ok: false,
          line: expect.stringContaining('unauthorized'),
          remedy: expect.stringMatching(naming('VOLT_API_KEY')),
        },
        accepted_nebula: { ok: true },
        budget: { ok: false },
      },
    ],
    [
      'cannot be tried, because its cloud does not answer,',
      { VOLT_BASE_URL: 'http://127.0.0.1:1/api' },
      {
        key_volt: { ok: true },
        reach_volt: { ok: false, remedy: expect.stringMatching(naming('VOLT_BASE_URL')) },
        accepted_volt: { ok: null, line: expect.stringContaining(UNTRIED.unreachable) },
        accepted_nebula: { ok: true },
        budget: { ok: null },
      },
    ],
  ])(
    'a key that %s is reported as that, and the other cloud is checked',
    async (_what, changes, expected) => {
      const { findings } = await see({ ...(await sandboxEnv()), ...changes });
      expect(Object.fromEntries(findings.map((one) => [one.check, one]))).toMatchObject(expected);
      expect(JSON.stringify(findings)).not.toContain('canary');
    },
  );

  it('says what makes a certificate trusted', async () => {
    const untrusted = Object.assign(new Error('self-signed'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const { by } = await see(await sandboxEnv(), undefined, () => Promise.reject(untrusted));
    expect(by('reach_volt')).toMatchObject({
      ok: false,
      remedy: expect.stringMatching(/NODE_EXTRA_CA_CERTS/),
    });
  });

  it('reports a clock that is off, and which way', async () => {
    const env = await sandboxEnv();
    const headers = { date: new Date(Date.now() + 90_000).toUTCString() };
    const late: Ask = async () => new Response(null, { status: 401, headers });
    const { by } = await see(env, undefined, late);
    expect(by('clock')).toMatchObject({ ok: false, line: expect.stringMatching(/(89|90|91) s behind/) });
    const silent = await see(env, undefined, async () => new Response(null, { status: 500 }));
    expect(silent.by('clock').ok).toBe(null);
    expect(silent.by('reach_volt')).toMatchObject({ ok: false, line: expect.stringMatching(/HTTP 500/) });
  });

  it.each([
    ['v20.18.1', true],
    ['v20.18.0', false],
    ['v18.20.9', false],
    ['v22.1.0', true],
  ])('of Node %s says %s', async (nodeVersion, ok) => {
    expect((await see({}, () => ({ nodeVersion }))).by('node').ok).toBe(ok);
  });

  it('reports a state directory that others can open', async () => {
    const dir = join(home(), 'state');
    mkdirSync(dir, { mode: 0o700 });
    expect((await see({ GPU_MCP_STATE_DIR: dir })).by('state_dir').ok).toBe(true);
    chmodSync(dir, 0o755);
    const { by } = await see({ GPU_MCP_STATE_DIR: dir });
    expect(by('state_dir')).toMatchObject({ ok: false, remedy: `Run: chmod 700 '${dir}'` });
  });

  it('reports a setting that is wrong', async () => {
    const { by } = await see({ GPU_MCP_MAX_PODS: 'many', VOLT_API_KEY: 'volt_x1234567' });
    expect(by('settings')).toMatchObject({
      ok: false,
      line: expect.stringMatching(/GPU_MCP_MAX_PODS: "many"/),
    });
  });

  it('reports a client that has the server twice, and a broken file', async () => {
    const HOME = home();
    mkdirSync(join(HOME, '.cursor'));
    const file = join(HOME, '.cursor', 'mcp.json');
    writeFileSync(file, '{"mcpServers":{"gpu-cloud-mcp":{"command":"npx"}}}');
    const once = await see({ HOME });
    expect([once.by('clients').ok, once.by('duplicates').ok]).toEqual([true, true]);
    writeFileSync(
      file,
      '{"mcpServers":{"gpu-cloud-mcp":{"command":"npx"},"clouds":{"command":"npx","args":["-y","gpu-cloud-mcp"]}}}',
    );
    const twice = (await see({ HOME })).by('duplicates');
    expect(twice).toMatchObject({ ok: false, remedy: expect.stringMatching(naming('uninstall', 'cursor')) });
    expect(twice.line).toMatch(/~\/\.cursor\/mcp\.json \("clouds"\)/);
    writeFileSync(file, '{');
    expect((await see({ HOME })).by('clients').ok).toBe(false);
  });

  it('goes on when a check throws', async () => {
    const broken = { id: 'broken', run: () => Promise.reject(new Error('boom')) };
    const { deps, close } = await openDoctor({}, { HOME: home() });
    onTestFinished(close);
    expect(await examine(deps, [broken])).toMatchObject([
      { check: 'broken', ok: false, line: 'broken: boom' },
    ]);
  });

  it('prints within 80 columns, and every ✗ with its remedy', async () => {
    const { findings } = await see({});
    const text = reportText(findings, createPaint(false), 80);
    const wide = text.split('\n').filter((line) => line.length > 80 && line.includes(' ', 4));
    expect(wide).toEqual([]);
    expect(text.match(/^✗/gm)?.length).toBe(text.match(/^ {2}→/gm)?.length);
  });

  it('as a command: exit code 1 and JSON when something is wrong, 0 in the sandbox', async () => {
    const bad = await runHere(['doctor', '--json']);
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({ ok: false });
    const fine = await runHere(['doctor', '--sandbox']);
    expect(fine).toMatchObject({ code: 0, stderr: '' });
    // In a pipe every finding keeps its line; the last line sums up.
    for (const line of fine.stdout.trim().split('\n').slice(0, -1)) expect(line).toMatch(/^(?:[✓-] |$)/);
  });
});
