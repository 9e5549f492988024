import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseBase } from '../../src/core/base-url.ts';
import { GpuError } from '../../src/core/errors.ts';
import { isSafeId } from '../../src/core/ref.ts';
import { encodeQuery, fillPath } from '../../src/outbound/call.ts';

const refusal = (run: () => unknown): GpuError => {
  try {
    run();
  } catch (error) {
    if (error instanceof GpuError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
};

describe('fillPath', () => {
  it('fills every placeholder with one encoded segment', () => {
    expect(fillPath('/pods/:id/start', { id: 'pod a+b:c' })).toBe('/pods/pod%20a%2Bb%3Ac/start');
    expect(fillPath('/a/:one/:two', { one: '1', two: '2' })).toBe('/a/1/2');
    expect(fillPath('/pods')).toBe('/pods');
  });

  it.each(['../api-keys', 'a/stop', '%2e%2e', 'x?y', '#NB-1', '', '.', '..', 'a\\b', 'a\nb', '\ud800'])(
    'refuses the id %j',
    (id) => {
      const error = refusal(() => fillPath('/computing/instance/:id', { id }));
      expect(error).toMatchObject({ code: 'invalid_input', message: expect.stringContaining('id') });
      expect(error.hint).not.toBeNull();
    },
  );

  it('refuses parameters that are missing, surplus or inherited', () => {
    expect(refusal(() => fillPath('/pods/:id')).message).toContain('"id"');
    expect(refusal(() => fillPath('/pods', { id: 'a' })).message).toContain('id');
    expect(refusal(() => fillPath('/pods/:constructor')).code).toBe('invalid_input');
  });

  it('never lets an id add or leave a segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        let path: string;
        try {
          path = fillPath('/pods/:id/stop', { id });
        } catch (error) {
          if (!(error instanceof GpuError)) throw error;
          return;
        }
        const parsed = new URL(`https://host/base${path}`);
        expect(parsed.pathname.split('/').slice(0, 3)).toEqual(['', 'base', 'pods']);
        expect(parsed.pathname.split('/')).toHaveLength(5);
        expect(decodeURIComponent(parsed.pathname.split('/')[3] ?? '')).toBe(id);
        expect(isSafeId(id)).toBe(true);
        expect(`${parsed.search}${parsed.hash}`).toBe('');
      }),
    );
  });
});

describe('encodeQuery', () => {
  it('encodes names and values and leaves undefined out', () => {
    expect(encodeQuery({ status: 'a&b=c', limit: 20, offset: undefined })).toBe('?status=a%26b%3Dc&limit=20');
    expect(encodeQuery({ offset: undefined })).toBe('');
    expect(encodeQuery()).toBe('');
  });
});

describe('normaliseBase', () => {
  const volt = (url: string) => normaliseBase(url, '/api/volt', 'VOLT_BASE_URL');

  it.each([
    ['https://api.voltagegpu.com/api/volt', 'https://api.voltagegpu.com/api/volt'],
    ['https://api.voltagegpu.com/api/volt/', 'https://api.voltagegpu.com/api/volt'],
    ['  https://api.voltagegpu.com/api/volt///  ', 'https://api.voltagegpu.com/api/volt'],
    ['https://api.voltagegpu.com/api/volt/api/volt', 'https://api.voltagegpu.com/api/volt'],
    ['https://proxy.example/x/api/volt/api/volt/', 'https://proxy.example/x/api/volt'],
    ['https://proxy.example', 'https://proxy.example'],
    ['http://127.0.0.1:8585/volt', 'http://127.0.0.1:8585/volt'],
    ['http://localhost:1/volt/', 'http://localhost:1/volt'],
    ['http://[::1]:8585/volt', 'http://[::1]:8585/volt'],
  ])('%s', (given, expected) => {
    expect(volt(given)).toBe(expected);
    expect(volt(expected)).toBe(expected);
  });

  it('knows the suffix of each base', () => {
    expect(normaliseBase('https://h/api/v1/api/v1', '/api/v1', 'NEBULA_BASE_URL')).toBe('https://h/api/v1');
    expect(normaliseBase('https://h/v1/', '/v1', 'NEBULA_INFERENCE_URL')).toBe('https://h/v1');
  });

  it.each([
    ['nonsense', 'not a URL'],
    ['', 'not a URL'],
    ['ftp://host/api/volt', 'only http and https'],
    ['https://user:hunter2@host/api/volt', 'credentials'],
    ['https://hunter2@host/api/volt', 'credentials'],
    ['https://host/api/volt?key=hunter2', 'query'],
    ['https://host/api/volt#hunter2', 'fragment'],
    ['https://host/api/volt?', 'query'],
    ['http://api.voltagegpu.com/api/volt', 'plain http'],
    ['http://127.0.0.1.evil.example/', 'plain http'],
    ['http://0.0.0.0/', 'plain http'],
    ['https://h/api/volt/api/volt/api/volt', 'more than twice'],
  ])('refuses %s and names the variable', (given, why) => {
    const error = refusal(() => volt(given));
    expect(error.code).toBe('invalid_input');
    expect(error.message).toMatch(/^VOLT_BASE_URL: /);
    expect(error.message).toContain(why);
    expect(`${error.message}${error.hint}`).not.toContain('hunter2');
  });
});
