import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, GpuError } from '../../src/core/errors.ts';
import {
  errorForAgent,
  LEAVE_SETTINGS,
  withoutSettingsRule,
  withSettingsRule,
} from '../../src/core/settings-rule.ts';
import { challengeFor, clean, dollars, quote, table, tail, usd } from '../../src/core/text.ts';
import { matchesChallenge } from '../../src/gate/decide.ts';

it('an amount below half a cent is said in words', () => {
  expect([0, 0.001, 0.0049, 0.005, 2.5].map(dollars)).toEqual([
    '$0.00',
    'under $0.01',
    'under $0.01',
    '$0.01',
    '$2.50',
  ]);
});

const UNSEEN = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800\ufff9-\ufffc]/u;
const ODD_SPACE = /(?! )\p{Zs}/u;
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        'a',
        ' ',
        '"',
        '\n',
        '\r',
        '\t',
        '\u001b[31m',
        '\u202e',
        '\u200b',
        '\u009b',
        '😀',
        '\u0000',
        '\u00a0',
        '\u2003',
        '\u2800',
        '\u034f',
        '\u3164',
        '\u17b4',
      ),
    )
    .map((parts) => parts.join('')),
);

describe('clean', () => {
  it('leaves nothing unseen, nothing doubled, and no more than allowed', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 40 }), (text, max) => {
        const shown = clean(text, max);
        expect(shown).not.toMatch(UNSEEN);
        expect(shown).not.toMatch(ODD_SPACE);
        expect(shown).not.toContain('  ');
        expect([...shown].length).toBeLessThanOrEqual(max);
      }),
    );
  });

  it('changes nothing a second time', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 40 }), (text, max) => {
        expect(clean(clean(text, max), max)).toBe(clean(text, max));
      }),
    );
  });

  it('leaves ordinary text alone', () => {
    const words = fc.stringMatching(/^[A-Za-z0-9äöü日本.,;:!?'()/-]{1,12}( [A-Za-z0-9é😀]{1,8}){0,5}$/u);
    fc.assert(
      fc.property(words, (text) => {
        expect(clean(text)).toBe(text);
      }),
    );
  });

  it.each([
    ['colours', '\u001b[1;31mred\u001b[0m', 'red'],
    ['cursor movements', 'a\u001b[2Jb\u001b[10;10Hc', 'abc'],
    ['a terminal title', '\u001b]0;owned\u0007x', ']0;owned x'],
    ['an override of the reading direction', 'invoice\u202egnp.exe', 'invoicegnp.exe'],
    ['isolates', '\u2066a\u2069', 'a'],
    ['zero widths and soft hyphens', 'pass\u200bword\u00ad\ufeff', 'password'],
    ['line breaks of every kind', 'a\nb\r\nc\u2028d\u0085e', 'a b c d e'],
    ['a null', 'a\u0000b', 'a b'],
    ['spaces of every kind', 'prod\u00a0db\u2003\u3000x', 'prod db x'],
    ['invisible characters', 'a\u2800b\u034fc\u3164d\u17b4e\ufffcf', 'abcdef'],
    ['nothing but the unseen', '\u202e\u200b\n', ''],
  ])('takes out %s', (_what, text, shown) => {
    expect(clean(text)).toBe(shown);
  });

  it('cuts by characters, not in the middle of one', () => {
    expect(clean('😀'.repeat(10), 4)).toBe('😀😀😀…');
    expect(clean('abcd', 4)).toBe('abcd');
  });

  it('cuts a megabyte without reading it all', () => {
    expect(clean('x'.repeat(1_000_000))).toBe(`${'x'.repeat(199)}…`);
    expect(clean(`${'\u0000'.repeat(1_000_000)}late`)).toBe('');
  });
});

describe('quote', () => {
  it('puts text into double quotes that it cannot close, on one line, at most 80 characters', () => {
    fc.assert(
      fc.property(anything, (text) => {
        fc.pre(text !== '');
        const quoted = quote(text);
        expect(quoted).toMatch(/^"[^"]*"$/);
        expect(quoted).not.toMatch(UNSEEN);
        expect([...quoted].length).toBeLessThanOrEqual(82);
      }),
    );
  });

  it('says that there is no name', () => {
    expect([quote(null), quote('')]).toEqual(['(unnamed)', '(unnamed)']);
  });
});

describe('usd', () => {
  it.each([
    [0, '0.00'],
    [0.39, '0.39'],
    [92.5, '92.50'],
    [0.395, '0.395'],
    [0.1 + 0.2, '0.30'],
    [1.00005, '1.0001'],
    [19.2, '19.20'],
    [1234.5, '1234.50'],
    [0.00004, '0.00004'],
    [0.0005, '0.0005'],
    [0.000999, '0.001'],
    [4.2e-7, '0.00000042'],
    [null, 'unknown'],
  ])('writes %j as %s', (amount, text) => {
    expect(usd(amount)).toBe(text);
  });

  it('is never nothing for an amount that is not nothing', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 100, noNaN: true }), (amount) => {
        expect(Number(usd(amount))).toBeGreaterThan(0);
        expect(usd(amount)).toMatch(/^\d+\.\d+$|^\d+$/);
      }),
    );
  });

  it('is never further from the amount than its fourth decimal', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100_000, noNaN: true }), (amount) => {
        expect(Math.abs(Number(usd(amount)) - amount)).toBeLessThanOrEqual(0.00005 + 1e-9);
      }),
    );
  });
});

it('the tail of an id is its last six characters', () => {
  expect([tail('pod_abc123'), tail('73')]).toEqual(['abc123', '73']);
});

describe('the rule about settings', () => {
  const hintOf = (code: ErrorCode, hint: string | null) =>
    errorForAgent(new GpuError(code, 'No.', hint === null ? {} : { hint })).hint;

  it('ends every error that names a setting or is mended by one, once, and no other', () => {
    const ends = `. ${LEAVE_SETTINGS}`;
    for (const setting of [
      'GPU_MCP_MAX_PODS',
      '--max-pods',
      'HTTPS_PROXY',
      'NODE_EXTRA_CA_CERTS',
      'VOLT_API_KEY',
    ])
      expect(hintOf('timeout', `The operator can change ${setting}.`), setting).toBe(
        `The operator can change ${setting}${ends}`,
      );
    for (const code of ['over_limit', 'read_only', 'not_configured', 'unauthorized'] as const) {
      expect(hintOf(code, 'Choose another.')).toBe(`Choose another${ends}`);
      expect(hintOf(code, null)).toBe(LEAVE_SETTINGS);
      expect(hintOf(code, `Choose another${ends}`)).toBe(`Choose another${ends}`);
    }
    for (const hint of ['See a--b.', 'Wait -- then call again.', null])
      expect(hintOf('timeout', hint)).toBe(hint);
  });

  it('ends a notice that names one, and is not said to a person at a terminal', () => {
    const notice = withSettingsRule('It is started with --confirm block.');
    expect(notice).toBe(`It is started with --confirm block. ${LEAVE_SETTINGS}`);
    expect(withoutSettingsRule(notice)).toBe('It is started with --confirm block.');
    expect(withSettingsRule('It ended.')).toBe('It ended.');
  });
});

describe('the text that a person types to destroy a thing', () => {
  it('is its name, or the tail of its id when the name cannot be typed', () => {
    for (const name of ['box', 'x'.repeat(73), '学'.repeat(36)])
      expect(challengeFor(name, 'pod_abc123')).toBe(name);
    for (const name of [null, '', ' ', 'a "b"', 'x'.repeat(74), '学'.repeat(37), '$', '$ ']) {
      expect(challengeFor(name, 'pod_abc123')).toBe('abc123');
    }
  });

  it.each([
    ['prod\u00a0db', 'prod db'],
    ['a\u2003b', 'a b'],
    ['a\u034fb', 'ab'],
    ['Müller-Box', 'Müller-Box'],
    ['学習 1', '学習 1'],
    ['обучение', 'обучение'],
    ['model_v2 (final)', 'model_v2 (final)'],
  ])('is the name as shown if it can be typed from sight: %j', (name, challenge) => {
    expect(challengeFor(name, 'pod_abc123')).toBe(challenge);
  });

  it.each([
    ['an empty braille cell', '\u2800'],
    ['a Cyrillic letter among Latin ones', 'pr\u043ed'],
    ['Cyrillic letters in the shape of Latin ones', '\u0441\u043e\u0440'],
    ['mathematical letters', '\u{1d429}\u{1d42b}\u{1d428}\u{1d41d}'],
    ['full width', 'ｐｒｏｄ'],
    ['a ligature', 'ﬁle'],
    ['loose marks', 'x\u030c\u0332'],
    ['a dash that is no hyphen', 'a\u2014b'],
    ['an emoji', 'train 🚀'],
    ['a quote alone', "'"],
    ['quotes around a dollar sign', '`$`'],
    ['private use', 'a\ue000'],
  ])('is the tail of the id for %s', (_what, name) => {
    expect(challengeFor(name, 'pod_abc123')).toBe('abc123');
  });

  it('holds no invisible or ambiguous character, for any name', () => {
    fc.assert(
      fc.property(anything, (name) => {
        const challenge = challengeFor(name, 'pod_abc123');
        expect(challenge).not.toMatch(UNSEEN);
        expect(challenge).not.toMatch(ODD_SPACE);
        expect(challenge.normalize('NFC')).toBe(challenge.normalize('NFKC'));
      }),
    );
  });

  it('is a text that counts as a yes, for any name', () => {
    fc.assert(
      fc.property(anything, (name) => {
        const challenge = challengeFor(name, 'pod_abc123');
        expect(matchesChallenge(challenge, challenge)).toBe(true);
      }),
    );
  });
});

describe('a table', () => {
  it('shows what is unknown as a dash', () => {
    expect(
      table(
        ['pod', 'name'],
        [
          ['a', null],
          ['', 0],
        ],
      ),
    ).toBe('pod | name\na | -\n- | 0');
  });

  it('has as many cells in each row as it has columns, for any names', () => {
    const forged = 'box | running | $0.00 |';
    const [, row = ''] = table(['pod', 'name', 'state', '$/h'], [['a', forged, 'failed', 9]]).split('\n');
    expect(row.split('|')).toHaveLength(4);
    expect(row).toContain('box');
    expect(row.endsWith('| failed | 9')).toBe(true);
  });
});
