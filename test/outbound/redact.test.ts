import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLOUDS, keyFormsOf } from '../../src/clouds/index.ts';
import { createKeyRedactor, createRedactor, redactDeep } from '../../src/outbound/redact.ts';

const FORMS = keyFormsOf(CLOUDS);

const plain = createRedactor([], FORMS);

describe('known forms', () => {
  it.each([
    ['key volt_sk_live_abc123.def-9 used', 'key volt_[redacted] used'],
    ['x=vgpu_0123', 'x=vgpu_[redacted]'],
    ['(ak_abcdefghijkl)', '(ak_[redacted])'],
    ['t eyJhbGciOi.eyJzdWIi.c2ln-_ t', 't [redacted] t'],
    ['{"vm_password": "qZ3!\\"x", "n":1}', '{"vm_password": "[redacted]", "n":1}'],
    ['{"password":"p","b":"c"}', '{"password":"[redacted]","b":"c"}'],
    ['{\\"password\\":\\"a\\\\\\"b\\",\\"n\\":1}', '{\\"password\\":\\"[redacted]\\",\\"n\\":1}'],
    ['{"password":"cut off', '{"password":"[redacted]"'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer [redacted]'],
  ])('%s', (text, expected) => {
    expect(plain(text)).toBe(expected);
  });

  it.each([
    'volt:pod:pod_abc123',
    'ak_001',
    'ak_short_id',
    'volt_...x7f2',
    'ak_...',
    'VOLT_API_KEY',
    'a volt_ b',
    '{"has_password": true}',
    'https://api.voltagegpu.com/api/volt',
  ])('leaves %s', (text) => {
    expect(plain(text)).toBe(text);
  });
});

it('finds a password in JSON within JSON, four times over', () => {
  let text = JSON.stringify({ vm_password: 'hunter-two' });
  for (let depth = 0; depth < 4; depth += 1) {
    expect(plain(text)).not.toContain('hunter-two');
    text = JSON.stringify(text);
  }
  expect(plain(text)).not.toContain('hunter-two');
});

// As long as a hosted model may answer; a pattern that backtracks at every character would not end in time.
it.each([
  ['backslashes', `${'\\'.repeat(400_000)}password`],
  ['words', 'password:'.repeat(50_000)],
])('ends for a text of nothing but %s', (_what, text) => {
  expect(plain(text)).toBe(text);
});

describe('configured secrets', () => {
  const secret = 'p@ss/w+rd "é\\ x';
  const redact = createRedactor([secret, 'abc'], FORMS);

  it.each([
    ['literal', secret],
    ['URL-encoded', encodeURIComponent(secret)],
    ['URL-encoded in lower case', encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase())],
    ['form-encoded', new URLSearchParams({ s: secret }).toString().slice(2)],
    ['JSON', JSON.stringify(secret)],
    ['JSON with escaped slashes', JSON.stringify(secret).replaceAll('/', '\\/')],
    ['JSON in JSON', JSON.stringify(JSON.stringify(secret))],
    ['base64', Buffer.from(secret).toString('base64')],
    ['base64url', Buffer.from(secret).toString('base64url')],
    ['percent-encoded as a whole', Buffer.from(secret).toString('hex').replace(/../g, '%$&')],
    [
      'percent-encoded in upper case',
      Buffer.from(secret).toString('hex').toUpperCase().replace(/../g, '%$&'),
    ],
    ['hex', Buffer.from(secret).toString('hex')],
    ['hex in upper case', Buffer.from(secret).toString('hex').toUpperCase()],
    ['HTML', secret.replaceAll('"', '&quot;')],
    ['HTML by numbers', secret.replaceAll('"', '&#34;')],
    ['HTML, every character', [...secret].map((one) => `&#${one.codePointAt(0)};`).join('')],
    [
      'HTML, every character in hex',
      [...secret].map((one) => `&#x${one.codePointAt(0)?.toString(16)};`).join(''),
    ],
  ])('are replaced: %s', (_name, form) => {
    const out = redact(`before ${form} after`);
    expect(out).toContain('[redacted]');
    expect(out).not.toContain(form);
    expect(out.startsWith('before ') && out.endsWith(' after')).toBe(true);
  });

  it('are replaced inside the base64 of a longer text', () => {
    for (const user of ['', 'a', 'ab', 'abc']) {
      const basic = Buffer.from(`${user}:${secret}:x`).toString('base64');
      expect(redact(basic)).toContain('[redacted]');
    }
  });

  it('alone are replaced when text of the same form must stay', () => {
    const redact = createKeyRedactor(['volt_real_key']);
    expect(redact('volt_real_key, "volt_real_key", volt_trainer')).toBe(
      '[redacted], "[redacted]", volt_trainer',
    );
  });

  it('are ignored when shorter than four characters', () => {
    expect(redact('abc')).toBe('abc');
  });

  it('are removed at every position', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 4, maxLength: 30 }), {
          minLength: 1,
          maxLength: 3,
        }),
        text,
        text,
        text,
        (secrets, a, b, c) => {
          const [first = ''] = secrets;
          const last = secrets.at(-1) ?? '';
          const out = createRedactor(secrets, FORMS)(`${a}${first}${b}${last}${first}${c}`);
          for (const one of secrets) expect(out).not.toContain(one);
        },
      ),
    );
  });

  it.each(['reda', '[redacted]', '****', 'd]xy', '$1$&'])('are removed, even the awkward one %s', (one) => {
    expect(createRedactor([one], FORMS)(`a ${one} b`)).not.toContain(one);
  });

  it('never come back through a mask beside ordinary text', () => {
    expect(createRedactor(['abcd', 'x[redacted]y'], FORMS)('xabcdy')).toBe('***');
  });
});

describe('redactDeep', () => {
  const redact = createRedactor(['hunter2000'], FORMS);

  it('reaches every text and name, and keeps what is not text', () => {
    const value = {
      list: ['hunter2000', 1, null, true],
      deep: { 'name hunter2000': 'volt_abcdef' },
      vm_password: 'x',
      Authorization: ['y'],
      password: null,
      has_password: true,
      run: () => {},
    };
    expect(redactDeep(redact, value)).toEqual({
      list: ['[redacted]', 1, null, true],
      deep: { 'name [redacted]': 'volt_[redacted]' },
      vm_password: '[redacted]',
      Authorization: '[redacted]',
      password: null,
      has_password: true,
      run: null,
    });
  });

  it('keeps of an error its name and its redacted message', () => {
    const error = new TypeError('bad hunter2000');
    expect(redactDeep(redact, { error })).toEqual({
      error: { name: 'TypeError', message: 'bad [redacted]' },
    });
  });

  it('ends in a cycle', () => {
    const loop: Record<string, unknown> = { a: 'hunter2000' };
    loop.self = loop;
    expect(JSON.stringify(redactDeep(redact, loop))).not.toContain('hunter2000');
  });

  it('lets no secret through at any place of a JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const planted = { before: value, secret: ['x hunter2000 y'], hunter2000: { value } };
        expect(JSON.stringify(redactDeep(redact, planted))).not.toContain('hunter2000');
      }),
    );
  });
});
