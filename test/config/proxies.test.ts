import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/read.ts';

const proxiesOf = (env: Record<string, string>) =>
  readConfig({}, { VOLT_API_KEY: 'volt_sk_live_canary0000', ...env }).proxies;

describe('the proxies of the environment', () => {
  it.each([
    [{}, {}],
    [{ HTTPS_PROXY: 'http://proxy.example:3128' }, { https: 'http://proxy.example:3128' }],
    [{ https_proxy: 'http://proxy.example:3128' }, { https: 'http://proxy.example:3128' }],
    [{ Https_Proxy: 'http://proxy.example:3128' }, { https: 'http://proxy.example:3128' }],
    [{ HTTP_PROXY: 'proxy.example:80' }, { http: 'http://proxy.example:80' }],
    [{ no_proxy: 'a.example, .b.example' }, { none: 'a.example, .b.example' }],
    [{ HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:1' }, { https: 'http://lower:1' }],
    [{ HTTPS_PROXY: '', NO_PROXY: ' ' }, {}],
  ])('%j is read as %j', (env, proxies) => {
    expect(proxiesOf(env)).toEqual(proxies);
  });

  it.each(['socks5://user:canary-pass@h:1', 'http://', 'a b:canary-pass'])(
    '%s is refused by the name of its variable, and not repeated',
    (given) => {
      const wrong = () => proxiesOf({ https_proxy: given });
      expect(wrong).toThrow(ConfigError);
      expect(wrong).toThrow(/^HTTPS_PROXY: /);
      expect(wrong).not.toThrow(/canary-pass/);
    },
  );
});
