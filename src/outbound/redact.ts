/** Text with every secret replaced. */
export type Redact = (text: string) => string;

const MASK = '[redacted]';
// Cannot contain a secret, because shorter secrets than 4 characters are ignored.
const PLAIN_MASK = '***';
const MIN_SECRET = 4;
const MIN_BASE64_CORE = 6;
const MAX_DEPTH = 12;

const CUT_OFF = '…';
// A JWT, or what may be one: three parts.
const JWT_PARTS = /^eyJ[\w-]*\.[\w-]*\./;

/** The form of a cloud's keys. A pattern matches a whole run at once, so that the search stays linear. */
export interface KeyForm {
  starts: string;
  /** Global; finds runs that may hold a key. */
  pattern: RegExp;
  /** What becomes of a run; left out, `starts` and the mask. */
  write?: (run: string, mask: string) => string;
}

type Write = (mask: string, whole: string, a: string, b: string, c: string, d: string) => string;
type Pattern = readonly [RegExp, Write];

/** A token; also what was cut to fit is still a part of one. */
function maskToken(run: string, mask: string): string {
  if (run.endsWith(CUT_OFF)) return `${mask}${CUT_OFF}`;
  return JWT_PARTS.test(run) ? mask : run;
}

/** Secrets known by their form on any cloud: JWTs, passwords in JSON and in prose, bearer tokens. */
const PATTERNS: readonly Pattern[] = [
  [/(?<![A-Za-z0-9])eyJ[\w.-]*…?/g, (mask, run) => maskToken(run, mask)],
  [
    /(?<=(\\{0,31}))(["'])((?:vm_)?password)\1\2(\s*:\s*)\1\2.*?(?:(?<!\\)\1\2|$)/gis,
    (mask, _whole, slashes, quote, name, colon) =>
      `${quote}${name}${slashes}${quote}${colon}${slashes}${quote}${mask}${slashes}${quote}`,
  ],
  // In prose, only what has a digit or a sign in it: "password: must have …" is no password.
  [
    /\b((?:vm_)?password)(\s*[:=]\s*)([^\s"'\\,;]+)/gi,
    (mask, whole, name, sign, value) => (/[\d!@#$%^&*+?]/.test(value) ? `${name}${sign}${mask}` : whole),
  ],
  [/\bBearer\s+[\w.~+/=-]+/gi, (mask) => `Bearer ${mask}`],
];

// Without one of these or the beginning of a key, none of the patterns can match: most texts need only this one test.
const MARKS = ['eyJ', 'password', 'bearer'];

const escapeForRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** What of the base64 of any text around the secret depends on the secret alone, for each of the three alignments. */
function base64Cores(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const cores = [0, 1, 2].map((shift) => {
    const text = unpadded(Buffer.concat([Buffer.alloc(shift), bytes]));
    const lead = shift === 0 ? 0 : shift + 1;
    return text.slice(lead, (shift + bytes.length) % 3 === 0 ? undefined : -1);
  });
  return [unpadded(bytes), ...cores.filter((core) => core.length >= MIN_BASE64_CORE)];
}

const hexOf = (secret: string): string => Buffer.from(secret, 'utf8').toString('hex');

/** The characters that HTML escapes, with the names of their entities. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** The secret in HTML: special characters by name or by number, and every character by its decimal or hex number. */
function inHtml(secret: string): string[] {
  const byNumber = (write: (code: number) => string) => (character: string) =>
    `&#${write(character.codePointAt(0) ?? 0)};`;
  const decimal = byNumber(String);
  const hex = byNumber((code) => `x${code.toString(16)}`);
  const named = (character: string) => ENTITIES[character] ?? character;
  const special = (write: (character: string) => string) => secret.replace(/[&<>"']/g, write);
  const whole = (write: (character: string) => string) => [...secret].map(write).join('');
  return [
    special(named),
    special(decimal),
    special(hex),
    whole(decimal),
    whole(hex),
    whole(hex).toUpperCase(),
  ];
}

/**
 * Every spelling of a secret that is masked: literal, URL-encoded (special characters or all), JSON-escaped (twice
 * too), base64, hex, HTML entities.
 */
function spellings(secret: string): string[] {
  const wellFormed = Buffer.from(secret, 'utf8').toString('utf8');
  const url = encodeURIComponent(wellFormed);
  const json = JSON.stringify(secret).slice(1, -1);
  const base64 = base64Cores(secret);
  const hex = hexOf(secret);
  const percent = hex.replace(/../g, '%$&');
  return [
    secret,
    url,
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    percent,
    percent.toUpperCase(),
    new URLSearchParams({ s: wellFormed }).toString().slice(2),
    json,
    json.replaceAll('/', '\\/'),
    JSON.stringify(json).slice(1, -1),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    hex,
    hex.toUpperCase(),
    ...inHtml(secret),
  ];
}

const patternOf = ({ starts, pattern, write }: KeyForm): Pattern => [
  pattern,
  (mask, run) => write?.(run, mask) ?? `${starts}${mask}`,
];

/**
 * A function that replaces the given secrets in every usual spelling, and everything that looks like a secret: the
 * clouds' keys by `forms`, tokens and passwords by their own. Secrets shorter than 4 characters are ignored: replacing
 * them would destroy ordinary text.
 */
export const createRedactor = (secrets: readonly string[], forms: readonly KeyForm[]): Redact =>
  redactorOf(
    secrets,
    [...forms.map(patternOf), ...PATTERNS],
    [...MARKS, ...forms.map(({ starts }) => escapeForRegExp(starts))],
  );

/** The same for the given secrets alone: what merely looks like a secret stays. */
export const createKeyRedactor = (secrets: readonly string[]): Redact => redactorOf(secrets, [], []);

function redactorOf(
  secrets: readonly string[],
  patterns: readonly Pattern[],
  marks: readonly string[],
): Redact {
  const known = secrets.filter((secret) => secret.length >= MIN_SECRET);
  const mask = known.some((secret) => MASK.includes(secret)) ? PLAIN_MASK : MASK;
  const forms = [...new Set(known.flatMap(spellings))].sort((a, b) => b.length - a.length);
  const spelled = forms.map(escapeForRegExp).join('|');
  const literals = forms.length === 0 ? null : new RegExp(spelled, 'g');
  // A quick test that ignores case and lets through more than the secrets; a match is then checked exactly.
  const suspect = new RegExp([...marks, ...(forms.length === 0 ? [] : [spelled])].join('|') || '(?!)', 'i');
  return (text) => {
    if (text.length < MIN_SECRET || !suspect.test(text)) return text;
    let out = literals === null ? text : text.replace(literals, mask);
    for (const [pattern, write] of patterns) {
      out = out.replace(pattern, (whole, a: string, b: string, c: string, d: string) =>
        write(mask, whole, a, b, c, d),
      );
    }
    // A mask beside ordinary text can spell a secret again; then nothing of the text is worth keeping.
    return known.some((secret) => out.includes(secret)) ? PLAIN_MASK : out;
  };
}

const SECRET_NAMES = /^(?:(?:vm_)?password|authorization|x-api-key|secret)$/i;

/**
 * A JSON-like value with every text redacted, names included; values under the names of secrets are replaced whole.
 * An Error keeps its name and message. What is deeper than 12 levels is dropped.
 */
export function redactDeep(redact: Redact, value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? null : value;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((item) => redactDeep(redact, item, depth + 1));
  if (value instanceof Error) return { name: redact(value.name), message: redact(value.message) };
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      redact(name),
      SECRET_NAMES.test(name) && item !== null && typeof item !== 'boolean'
        ? MASK
        : redactDeep(redact, item, depth + 1),
    ]),
  );
}
