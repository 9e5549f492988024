import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { naming } from '../facts.ts';
import { refusal } from './refusal.ts';

const KEY = { VOLT_API_KEY: 'volt_fail_closed' };

function fileWith(content: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-config-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const path = join(dir, 'secret');
  writeFileSync(path, content);
  return path;
}

const PLACEHOLDERS = [
  ['$', '{env:RO}'].join(''),
  ['$', '{user_config.read_only}'].join(''),
  ['$', '{RO:-}'].join(''),
  '$RO',
  '%RO%',
  '{{ro}}',
  '{{ inputs.ro }}',
];
const GUARDS = [
  'GPU_MCP_READ_ONLY',
  'GPU_MCP_CONFIRM',
  'GPU_MCP_MAX_USD_PER_HOUR',
  'GPU_MCP_MAX_JOB_USD',
  'GPU_MCP_MAX_PODS',
  'GPU_MCP_USE_ALLOWANCE_USD',
  'GPU_MCP_DEFAULT_LIFETIME_HOURS',
  'GPU_MCP_TOOLSETS',
  'GPU_MCP_PROTOCOL',
  'GPU_MCP_ACCOUNT',
  'GPU_MCP_STATE_DIR',
  'GPU_MCP_STORE_URL',
  'GPU_MCP_STORE_URL_FILE',
  'GPU_MCP_SANDBOX',
  'VOLT_BASE_URL',
];
const HTTP_GUARDS = [
  'GPU_MCP_HTTP_HOST',
  'GPU_MCP_HTTP_TOKEN',
  'GPU_MCP_HTTP_TOKEN_FILE',
  'GPU_MCP_METRICS_TOKEN',
  'GPU_MCP_OAUTH_ISSUER',
  'GPU_MCP_OAUTH_AUDIENCE',
  'GPU_MCP_PUBLIC_URL',
  'GPU_MCP_ALLOWED_HOSTS',
  'GPU_MCP_ALLOWED_ORIGINS',
  'GPU_MCP_CREDENTIALS',
  'GPU_MCP_TRUST_PROXY',
  'GPU_MCP_ALLOW_SECRET_FILES',
  'GPU_MCP_MAX_SESSIONS',
];

describe('a reference that the client left as it stood', () => {
  it.each(GUARDS)('stops the start in %s, which it names', (variable) => {
    for (const value of PLACEHOLDERS) {
      expect(refusal({ ...KEY, [variable]: value })).toMatch(new RegExp(`^${variable}: `));
    }
  });

  it.each(HTTP_GUARDS)('stops serve --http in %s', (variable) => {
    for (const value of PLACEHOLDERS) {
      expect(refusal({ ...KEY, GPU_MCP_HTTP: 'true', [variable]: value })).toMatch(
        new RegExp(`^${variable}: `),
      );
    }
  });

  it('in a key counts as no key, and is named if there is no other', () => {
    const [reference = ''] = PLACEHOLDERS;
    const said = refusal({ NEBULA_API_KEY: reference });
    expect(said).toContain('NEBULA_API_KEY');
    expect(said).not.toContain(reference);
    expect(Object.keys(readConfig({}, { ...KEY, NEBULA_API_KEY: reference }).clouds)).toEqual(['volt']);
  });

  it('counts as not set if the setting neither limits nor protects', () => {
    expect(readConfig({}, { ...KEY, GPU_MCP_LOG_LEVEL: '$LEVEL' }).logLevel).toBe('info');
  });

  it('is a part of a longer value like any other text', () => {
    expect(readConfig({}, { ...KEY, GPU_MCP_STATE_DIR: '/srv/$x/gpu' }).stateDir).toBe('/srv/$x/gpu');
  });
});

describe('a setting that is set but empty', () => {
  it.each(GUARDS)('is warned of: %s', (variable) => {
    expect(readConfig({}, { ...KEY, [variable]: ' ' }).warnings).toEqual([
      expect.stringMatching(new RegExp(`^${variable}\\b`)),
    ]);
  });

  it.each([...GUARDS, ...HTTP_GUARDS])('stops serve --http: %s', (variable) => {
    expect(refusal({ ...KEY, GPU_MCP_HTTP: 'true', [variable]: '' })).toMatch(new RegExp(`^${variable}: `));
  });
});

describe('a name that is no setting', () => {
  it.each([
    ['GPU_MCP_READONLY', 'GPU_MCP_READ_ONLY'],
    ['GPU_MCP_MAX_USD_HOUR', 'GPU_MCP_MAX_USD_PER_HOUR'],
    ['GPU_MCP_TOOL_SETS', 'GPU_MCP_TOOLSETS'],
    ['GPU_MCP_CONFIRMS', 'GPU_MCP_CONFIRM'],
  ])('is warned of with the nearest: %s', (wrong, right) => {
    const { warnings } = readConfig({}, { ...KEY, [wrong]: '1' });
    expect(warnings).toEqual([expect.stringContaining(right)]);
    expect(warnings[0]).toContain(wrong);
  });

  it('has no suggestion if nothing is near; a secret for tools is no mistake', () => {
    const [warning, ...more] = readConfig({}, { ...KEY, GPU_MCP_ZZZZZZZZZZ: '1' }).warnings;
    expect([warning?.match(/GPU_MCP_\w+/g), more]).toEqual([['GPU_MCP_ZZZZZZZZZZ'], []]);
    expect(readConfig({}, { ...KEY, GPU_MCP_SECRET_REGISTRY: 'x' }).warnings).toEqual([]);
  });

  it.each(['HTTPS_PROXY', 'http_proxy'])(
    'is named if it is a proxy that the client did not fill in: %s',
    (name) => {
      const { warnings, proxies } = readConfig({}, { ...KEY, [name]: ['$', '{PROXY}'].join('') });
      expect(warnings).toEqual([expect.stringMatching(naming(name))]);
      expect(proxies).toEqual({ https: undefined, http: undefined, none: undefined });
    },
  );
});

describe('a key', () => {
  it.each([
    ['"volt_quoted_key_1"', 'in quotes'],
    ["'volt_quoted_key_1'", 'in quotes'],
    ['VOLT_API_KEY=volt_assigned_key', 'NAME=value'],
    ['export VOLT_API_KEY=volt_assigned_key', 'NAME=value'],
    ['volt two words', 'spaces or unprintable'],
    ['volt_sh', 'shorter than 8'],
  ])('is refused with the cause and never repeated, in a variable and in a file: %s', (key, why) => {
    for (const env of [{ VOLT_API_KEY: key }, { VOLT_API_KEY_FILE: fileWith(`${key}\n`) }]) {
      const said = refusal(env);
      expect(said).toMatch(/^VOLT_API_KEY(?:_FILE)?: /);
      expect(said).toContain(why);
      expect(said).not.toMatch(/quoted_key|assigned_key|two words|volt_sh/);
    }
  });

  it.each(['volt_sk_live_1234', 'abcdEFGH0123==', 'a=b=c=d=e'.replaceAll('=', '-')])(
    'is taken: %s',
    (key) => {
      expect(readConfig({}, { VOLT_API_KEY_FILE: fileWith(`  ${key}\n`) }).clouds.volt?.key).toBe(key);
    },
  );
});

describe('secrets among the settings', () => {
  it('are known to the redactor: tokens, and passwords of proxies', () => {
    const { secrets, proxies } = readConfig(
      {},
      {
        ...KEY,
        GPU_MCP_HTTP: 'true',
        GPU_MCP_HTTP_TOKEN: 'token-of-callers',
        GPU_MCP_METRICS_TOKEN: 'token-of-metrics',
        HTTPS_PROXY: 'http://me:p%40ss-word@proxy.example:3128',
        no_proxy: 'localhost,.internal',
      },
    );
    expect(secrets).toEqual(
      expect.arrayContaining(['token-of-callers', 'token-of-metrics', 'p%40ss-word', 'p@ss-word']),
    );
    expect(proxies).toEqual({
      https: 'http://me:p%40ss-word@proxy.example:3128',
      http: undefined,
      none: 'localhost,.internal',
    });
  });

  it('are not repeated if they are wrong', () => {
    const wrong = {
      GPU_MCP_HTTP_TOKEN: 'canary token',
      HTTPS_PROXY: 'ftp://me:canary@proxy',
    };
    for (const [variable, value] of Object.entries(wrong)) {
      const said = refusal({ ...KEY, GPU_MCP_HTTP: 'true', [variable]: value });
      expect(said).toMatch(new RegExp(`^${variable}: `));
      expect(said).not.toContain('canary');
    }
  });
});

describe('the table of settings', () => {
  it('takes --confirm token over HTTP only with a file in which tokens can be marked', () => {
    expect(readConfig({}, { ...KEY, GPU_MCP_CONFIRM: 'token' }).confirm).toBe('token');
    const http = { ...KEY, GPU_MCP_CONFIRM: 'token', GPU_MCP_HTTP: 'true' };
    const said = refusal({ ...http, GPU_MCP_HTTP_TOKEN: 'one-token-for-all' });
    expect(said).toMatch(/GPU_MCP_CONFIRM.*--http.*name:token:unattended.*GPU_MCP_HTTP_TOKEN_FILE/);
    for (const mode of ['auto', 'human', 'block']) expect(said).toContain(mode);
    expect(readConfig({}, { ...http, GPU_MCP_HTTP_TOKEN_FILE: '/tokens' }).confirm).toBe('token');
  });

  it.each(['browser', 'passkey'])('reserves --confirm %s', (mode) => {
    expect(refusal({ ...KEY, GPU_MCP_CONFIRM: mode })).toMatch(new RegExp(`^GPU_MCP_CONFIRM: .*${mode}`));
  });
});
