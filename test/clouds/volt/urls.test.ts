import { describe, expect, it } from 'vitest';
import { datasetUrlProblem, webhookProblem } from '../../../src/clouds/volt/urls.ts';

describe('webhookProblem', () => {
  it.each([
    'https://your-server.com/webhook/voltagegpu',
    'https://hooks.example.org:8443/a?b=c',
    'https://93.184.216.34/x',
    'https://[2606:4700::1111]/x',
    'https://172.32.0.1/',
    'https://11.0.0.1/',
  ])('takes %s', (url) => {
    expect(webhookProblem(url)).toBeNull();
  });

  it.each([
    'http://your-server.com/x',
    'ftp://your-server.com/x',
    'javascript:alert(1)',
    'your-server.com',
    '',
    'https://user:pass@your-server.com/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://db.localhost/',
    'https://intranet/',
    'https://nas.local/',
    'https://metadata.google.internal/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://0/',
    'https://10.1.2.3/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://198.18.0.1/',
    'https://203.0.113.7/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[::]/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:8.8.8.8]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[fe80::1]/',
    'https://[fd00::1]/',
    'https://[fec0::1]/',
    'https://[ff02::1]/',
    'https://[2001:db8::1]/',
    'https://[2001::1]/',
    'https://[2002:7f00:1::]/',
    'https://127.0.0.1.nip.io/',
    'https://good.example\\@evil.example/',
    ' https://good.example/',
    'https://good.example/a\nb',
    'https://gööd.example/',
    'https://１２７.０.０.１/',
    `https://example.com/${'x'.repeat(3000)}`,
  ])('refuses %s', (url) => {
    expect(webhookProblem(url)).toEqual(expect.any(String));
  });
});

describe('datasetUrlProblem', () => {
  it.each(['https://my-server.com/data.jsonl', 'http://my-server.com/data.jsonl'])('takes %s', (url) => {
    expect(datasetUrlProblem(url)).toBeNull();
  });
  it.each(['file:///etc/passwd', 's3://bucket/key', 'data.jsonl', 'data:text/plain,x'])(
    'refuses %s',
    (url) => {
      expect(datasetUrlProblem(url)).toEqual(expect.any(String));
    },
  );
});
