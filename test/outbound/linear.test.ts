import { describe, expect, it } from 'vitest';
import { CLOUDS, keyFormsOf } from '../../src/clouds/index.ts';
import { explain as explainNebula } from '../../src/clouds/nebula/errors.ts';
import { toText } from '../../src/clouds/nebula/parse.ts';
import { toNum } from '../../src/clouds/shared.ts';
import { toApiKey } from '../../src/clouds/volt/account.ts';
import { explain as explainVolt } from '../../src/clouds/volt/errors.ts';
import { snakeKeys } from '../../src/clouds/volt/reading.ts';
import { apiKeyRow } from '../../src/clouds/volt/wire.ts';
import { challengeFor, clean } from '../../src/core/text.ts';
import { createRedactor } from '../../src/outbound/redact.ts';
import { parseRetryAfter, safeText, wordsOf } from '../../src/outbound/replies.ts';
import { growth, MAX_RATIO } from './growth.ts';

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

describe.each(READERS)('%s', (_name, read) => {
  it('takes linear time, for any text', () => {
    const grown = HOSTILE.map(([seed, end]) => ({ seed, end, ratio: growth(read, seed, end) }));
    expect(grown.filter(({ ratio }) => ratio !== null && ratio > MAX_RATIO)).toEqual([]);
  }, 60_000);
});
