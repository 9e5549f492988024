import { describe, expect, it } from 'vitest';
import { toNum } from '../../src/clouds/fields.ts';
import { CLOUDS, keyFormsOf } from '../../src/clouds/index.ts';
import { explain as explainNebula } from '../../src/clouds/nebula/errors.ts';
import { toText } from '../../src/clouds/nebula/parse.ts';
import { toApiKey } from '../../src/clouds/volt/account.ts';
import { explain as explainVolt } from '../../src/clouds/volt/errors.ts';
import { snakeKeys } from '../../src/clouds/volt/reading.ts';
import { apiKeyRow } from '../../src/clouds/volt/wire.ts';
import { challengeFor, clean } from '../../src/core/text.ts';
import { parseRetryAfter, safeText, wordsOf } from '../../src/outbound/readings.ts';
import { createRedactor } from '../../src/outbound/redact.ts';

const KIB = 1024;
const SMALL = 256 * KIB;
const LARGE = 1024 * KIB;
/** Four times the text may take six times as long. */
const MAX_RATIO = 6;
/** What is done sooner is not slow, and the clock says little of it. */
const SLOW_MS = 1000;
/** If the small text takes less, the large one is done in time even by a square. */
const QUICK_MS = SLOW_MS / (LARGE / SMALL) ** 2;
const TRIES = 3;

function timed(run: () => unknown): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}

/** `seed` over and over, `length` characters in all, then `end`. */
const filled = (seed: string, length: number, end: string) =>
  seed.repeat(Math.ceil(length / seed.length)).slice(0, length - end.length) + end;

const redact = createRedactor(['sk-canary-0123456789', 'aaaaaaaaaaaaaaab'], keyFormsOf(CLOUDS));

/** Texts that make a pattern begin again at each of its characters: the seed, and how it ends. */
const HOSTILE: readonly [string, string][] = [
  ['eyJ-', ''],
  ['eyJ.', ''],
  ['eyJa.eyJ', ' x'],
  ['ak_', ''],
  ['ak_ak_.', ' x'],
  ['ak_aaaaaaaaaaa ', ''],
  ['volt_', ''],
  ['volt_...', ''],
  ['vgpu_...x ', ''],
  ['password:', ''],
  ['password: ', ''],
  ['password  ', ''],
  ['"password"', ''],
  ['"password":"', ''],
  ['\\', 'password'],
  ['\\"password\\":\\"', ''],
  ["'", 'password'],
  ['Bearer ', ''],
  ['bearer\t\n', ''],
  ['Bearer', ' volt_'],
  ['a', 'password'],
  ['sk-canary-012345678', ''],
  ['aaaaaaaaaaaaaaa', 'password'],
  ['\u001b[', ''],
  ['\u001b[0;', ''],
  ['\u200b', 'x'],
  ['\u00a0', 'x'],
  [' ', 'x'],
  ['.', 'x'],
  ['!', 'x'],
  ['no ', 'x'],
  ['insufficient ', ''],
  ['invalid a', ''],
  ['1', 'x'],
  ['1,111', 'x'],
  ['$1.', 'x'],
  ['-', '!'],
  ['a-', '!'],
];

const READERS: readonly [string, (text: string) => unknown][] = [
  ['the redactor', redact],
  ['clean', (text) => clean(text)],
  ['the challenge', (text) => challengeFor(text, 'pod_abc123')],
  ['the words of a reply', (text) => safeText(wordsOf({ message: text, detail: text }) ?? '', redact)],
  ['Retry-After', (text) => parseRetryAfter(text, 0)],
  ["Nebula's failures", (text) => explainNebula(replyOf(text), '/computing/instances')],
  ["Nebula's refusals", (text) => explainNebula({ ...replyOf(text), status: 400 }, '/x')],
  ["Volt's failures", (text) => explainVolt({ ...replyOf(text), status: 503 }, '/pods')],
  ["Nebula's numbers and texts", (text) => [toNum(text), toText(text)]],
  ["Volt's previews of keys", (text) => toApiKey(apiKeyRow.parse(keyOf(text)), 'volt_own')],
  ["Volt's names of fields", (text) => snakeKeys({ [text]: { [`${text}A`]: text } })],
];

const replyOf = (text: string) => ({
  status: 200,
  headers: {},
  body: { message: text, status: 'failed', code: text },
});

const keyOf = (text: string) => ({
  id: 'ak_1',
  name: text,
  key_preview: text,
  last_used: text,
  created_at: text,
});

/** Null, or how the time grew from the small text to the large one, the least of a few tries. */
function growth(read: (text: string) => unknown, seed: string, end: string): number | null {
  const small = filled(seed, SMALL, end);
  if (timed(() => read(small)) < QUICK_MS) return null;
  const large = filled(seed, LARGE, end);
  if (timed(() => read(large)) < SLOW_MS) return null;
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < TRIES && least > MAX_RATIO; attempt += 1) {
    least = Math.min(least, timed(() => read(large)) / timed(() => read(small)));
  }
  return least;
}

describe.each(READERS)('%s', (_name, read) => {
  it('takes no more than its share of time for a longer text, whatever the text', () => {
    const grown = HOSTILE.map(([seed, end]) => ({ seed, end, ratio: growth(read, seed, end) }));
    expect(grown.filter(({ ratio }) => ratio !== null && ratio > MAX_RATIO)).toEqual([]);
  });
});
