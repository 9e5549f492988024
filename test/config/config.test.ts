import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { moneyOf } from '../../src/config/money.ts';
import { ConfigError, readConfig, SETTINGS } from '../../src/config/read.ts';
import { refusal } from './refusal.ts';

const KEYS = {
  volt: 'volt_sk_live_canary0000',
  nebula: 'ak_canaryCanary000011',
  token: 'eyJhbGciOi.eyJzdWIiOiJ4.c2lnbmF0dXJl',
};
const LOGIN = 'https://someone:canary-pass-1@example.com/';

describe('a key in the wrong variable', () => {
  it.each(Object.values(KEYS))('is not repeated when a file was wanted: %s', (key) => {
    for (const variable of ['VOLT_API_KEY_FILE', 'NEBULA_API_KEY_FILE']) {
      const said = refusal({ [variable]: key });
      expect(said).toContain(`${variable}: `);
      expect(said).not.toContain(key);
    }
  });

  it.each([...Object.values(KEYS), LOGIN])('is not repeated whatever the variable: %s', (secret) => {
    let refused = 0;
    for (const { variable } of SETTINGS) {
      try {
        readConfig({}, { VOLT_API_KEY: 'volt_x1234', GPU_MCP_HTTP: 'true', [variable]: secret });
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect(String(error)).toMatch(/_API_KEY|_URL|GPU_MCP_/);
        expect(String(error)).not.toMatch(/canary|eyJhbGciOi/);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(15);
  });

  it('hides nothing that helps: the path that cannot be read, the word that is wrong', () => {
    const path = join(import.meta.dirname, 'no-such-file');
    expect(refusal({ VOLT_API_KEY_FILE: path })).toContain(path);
    expect(refusal({ VOLT_API_KEY: 'volt_x1234', GPU_MCP_CONFIRM: 'maybe' })).toMatch(
      /^GPU_MCP_CONFIRM: "maybe".*auto, human, token, block/,
    );
  });
});

it('counts a call as real if one address is not on this machine', () => {
  const local = { api: 'http://127.0.0.1:1' };
  expect(moneyOf({ sandbox: null, urls: { volt: local } })).toBe('local');
  expect(moneyOf({ sandbox: null, urls: { volt: local, nebula: { api: 'https://a.example' } } })).toBe(
    'real',
  );
  expect(moneyOf({ sandbox: null, urls: {} })).toBe('real');
});

it('counts every secret for tools among the secrets that are masked in results', () => {
  const env = { VOLT_API_KEY: 'volt_x1234', GPU_MCP_SECRET_REGISTRY: 'canary-login-1' };
  expect(readConfig({}, env).secrets).toEqual(['canary-login-1']);
});

describe('a secret for tools', () => {
  const NAME = 'GPU_MCP_SECRET_REGISTRY';
  const dir = mkdtempSync(join(tmpdir(), 'secrets-'));
  const folder = join(dir, 'secrets');
  mkdirSync(folder);
  const save = (name: string, mode = 0o600) => {
    rmSync(join(folder, name), { force: true });
    writeFileSync(join(folder, name), `of ${name}\n`, { mode });
  };
  const read = (env: Record<string, string> = {}) =>
    readConfig({ GPU_MCP_STATE_DIR: dir }, { VOLT_API_KEY: 'volt_x1234', ...env }).secret;
  afterAll(() => rmSync(dir, { recursive: true }));

  it('is the variable, else the file of its name, as it is at the call', () => {
    const secret = read();
    expect(secret(NAME)).toBeUndefined();
    save(NAME);
    expect(secret(NAME)).toBe(`of ${NAME}`);
    writeFileSync(join(folder, NAME), 'newer');
    expect(secret(NAME)).toBe('newer');
    expect(read({ [NAME]: 'set' })(NAME)).toBe('set');
  });

  it('is no file that others may read, that is elsewhere, or that has another name', () => {
    const secret = read();
    save('GPU_MCP_SECRET_OPEN', 0o644);
    expect(secret('GPU_MCP_SECRET_OPEN')).toBeUndefined();
    save(NAME);
    symlinkSync(join(folder, NAME), join(folder, 'GPU_MCP_SECRET_LINK'));
    expect(secret('GPU_MCP_SECRET_LINK')).toBeUndefined();
    mkdirSync(join(folder, 'GPU_MCP_SECRET_DIR'), { mode: 0o700 });
    expect(secret('GPU_MCP_SECRET_DIR')).toBeUndefined();
    save('other');
    for (const name of ['other', `../secrets/${NAME}`, `${NAME}/`]) expect(secret(name)).toBeUndefined();
  });

  it('is no file of the real state directory in the simulator', () => {
    const home = join(dir, 'gpu-cloud-mcp');
    mkdirSync(join(home, 'secrets'), { recursive: true });
    writeFileSync(join(home, 'secrets', NAME), 'real', { mode: 0o600 });
    const env = { XDG_STATE_HOME: dir };
    expect(readConfig({}, { ...env, VOLT_API_KEY: 'volt_x1234' }).secret(NAME)).toBe('real');
    expect(readConfig({ GPU_MCP_SANDBOX: 'true' }, env).secret(NAME)).toBeUndefined();
  });
});

describe('the cap on pods', () => {
  it('is a whole number', () => {
    expect(refusal({ VOLT_API_KEY: 'volt_x1234', GPU_MCP_MAX_PODS: '2.5' })).toContain('GPU_MCP_MAX_PODS');
  });

  it('names the flag that a wrong value came with', () => {
    const wrong = () => readConfig({ GPU_MCP_MAX_PODS: 'lots', GPU_MCP_SANDBOX: 'true' }, {});
    expect(wrong).toThrow(/^--max-pods, GPU_MCP_MAX_PODS: "lots" .*\b0\b.*\b100000\b/);
    const inherited = () => readConfig({ GPU_MCP_SANDBOX: 'true' }, { GPU_MCP_MAX_PODS: 'lots' });
    expect(inherited).toThrow(/^GPU_MCP_MAX_PODS: "lots"/);
  });
});

describe('a setting of the HTTP server', () => {
  it('is refused as a flag when nothing is served over HTTP, and let be in the environment', () => {
    const sandbox = { GPU_MCP_SANDBOX: 'true' };
    expect(() => readConfig({ ...sandbox, GPU_MCP_HTTP_PORT: '9000' }, {})).toThrow(/^--port .*--http\b/);
    expect(() => readConfig({ ...sandbox, GPU_MCP_HTTP_HOST: '0.0.0.0' }, {})).toThrow(/^--host /);
    expect(readConfig(sandbox, { GPU_MCP_HTTP_PORT: '9000' }).http).toBe(null);
    expect(readConfig({ ...sandbox, GPU_MCP_HTTP: 'true', GPU_MCP_HTTP_PORT: '9000' }, {}).http?.port).toBe(
      9000,
    );
  });
});

describe('a path that begins with ~', () => {
  it('is in the home directory, because no shell reads the configuration of a client', () => {
    const stateDirOf = (path: string) =>
      readConfig({}, { VOLT_API_KEY: 'volt_x1234', GPU_MCP_STATE_DIR: path }).stateDir;
    expect(stateDirOf('~/gpu')).toBe(join(homedir(), 'gpu'));
    expect(stateDirOf('/var/~/gpu')).toBe('/var/~/gpu');
    expect(refusal({ VOLT_API_KEY_FILE: '~/no-such-file' })).toContain(join(homedir(), 'no-such-file'));
  });
});

describe('the address of a cloud', () => {
  const key = { VOLT_API_KEY: 'volt_x1234' };

  it.each([
    'foo',
    'ftp://example.com',
    'http://example.com',
    'https://someone:canary@example.com',
    'https://example.com/api/volt?x=1',
  ])('that cannot be used is refused at the start, with what would do: %s', (url) => {
    const message = refusal({ ...key, VOLT_BASE_URL: url });
    expect(message).toMatch(/^VOLT_BASE_URL: .*\bVOLT_BASE_URL\b.* https:\/\/host\/api\/volt\b/);
    expect(message).not.toContain('canary');
  });

  it('is normalised once', () => {
    const urlOf = (url: string) => readConfig({}, { ...key, VOLT_BASE_URL: url }).clouds.volt?.urls.api;
    const plain = 'https://example.com/api/volt';
    for (const url of [plain, `${plain}/`, `${plain}/api/volt/`]) expect(urlOf(url)).toBe(plain);
  });

  it('is refused for callers who bring their own keys, and ignored when it is not used', () => {
    const bad = { NEBULA_INFERENCE_URL: 'foo' };
    expect(refusal({ ...bad, GPU_MCP_HTTP: 'true', GPU_MCP_CREDENTIALS: 'headers' })).toContain(
      'NEBULA_INFERENCE_URL: ',
    );
    expect(readConfig({}, { ...key, ...bad }).clouds.nebula).toBeUndefined();
    expect(readConfig({}, { ...bad, GPU_MCP_SANDBOX: 'true' }).sandbox).not.toBeNull();
  });
});
