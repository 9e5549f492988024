import { isIP } from 'node:net';
import { homedir } from 'node:os';
import * as z from 'zod';
import { CLOUDS, keyFormsOf } from '../clouds/index.ts';

/** A wrong setting. The message is one paragraph for stderr; the process exits with 2. */
export class ConfigError extends Error {}

const UNSHOWN = '(not repeated here, because it looks like a secret)';
const STARTS = ['eyJ', ...keyFormsOf(CLOUDS).map(({ starts }) => starts)];
const LOGIN = /:\/\/[^/\s]*@/;

/** True for keys of the clouds, tokens, and addresses with a password in them; never print them. */
export const looksSecret = (given: string): boolean =>
  STARTS.some((start) => given.trimStart().startsWith(start)) || LOGIN.test(given);

/** A wrong value as stderr may show it: in quotes, or hidden if it looks like a key or holds a password. */
export const quoteUnlessSecret = (given: string): string =>
  looksSecret(given) ? `the value ${UNSHOWN}` : `"${given}"`;

/** The path of a file as stderr may show it: hidden if a key was given instead of a path. */
export const pathUnlessSecret = (path: string): string =>
  looksSecret(path) && !/^[~.]?[/\\]/.test(path) ? UNSHOWN : path;

/** The value of an option that is no setting. @throws ConfigError */
export function readOption<T>(option: string, type: z.ZodType<T>, given: string): T {
  const read = type.safeParse(given);
  if (read.success) return read.data;
  throw new ConfigError(`${option}: ${quoteUnlessSecret(given)} ${read.error.issues[0]?.message}`);
}

// Schemas of settings and options: text in, a checked value out. A message completes `NAME: "value" …`.

/**
 * A reference to a variable or option that a client did not resolve, because nothing was set: `${NAME}`,
 * `${env:NAME}`, `${user_config.name}`, `$NAME`, `%NAME%`, `{{name}}`.
 */
export const isPlaceholder = (value: string): boolean =>
  /^(?:\$\{[^}]*\}|\$[A-Z_][A-Z0-9_]*|%[A-Za-z_]\w*%|\{\{[^}]*\}\})$/.test(value.trim());

/** Trimmed text; undefined if it is empty or an unresolved reference. */
export const blankToNone = (value: string | undefined): string | undefined => {
  const trimmed = value?.trim() ?? '';
  return trimmed === '' || isPlaceholder(trimmed) ? undefined : trimmed;
};

/** A path whose leading `~` is the home directory: no shell expands it in a client's configuration. */
export const atHome = (path: string): string => path.replace(/^~(?=$|[/\\])/, () => homedir());

/** Any text. */
export const text = z.string();

/** The name of an account, which also names a folder. */
export const accountName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, - or _');

/** The path of a file or directory. */
export const path = z.string().transform(atHome);

/** One of the words. `reserved`: words of a coming version. */
export const oneOf = <const T extends readonly [string, ...string[]]>(
  words: T,
  reserved: readonly string[] = [],
) =>
  z.enum(words, {
    error: ({ input }) =>
      reserved.includes(String(input))
        ? `is reserved for a coming version. Choose one of ${words.join(', ')}.`
        : `is not one of ${words.join(', ')}.`,
  });

/** A number of at least 0. */
export const amount = z.coerce
  .number('is not a number of at least 0.')
  .min(0, 'is not a number of at least 0.');

/** A number above 0. */
export const positive = z.coerce
  .number('is not a number above 0.')
  .refine((value) => value > 0, 'is not a number above 0.');

/** A number within bounds, both included. */
export const between = (min: number, max: number, rule = `is not a number from ${min} to ${max}.`) =>
  z.string().regex(/\S/, rule).pipe(z.coerce.number<string>(rule).min(min, rule).max(max, rule));

/** A whole number within bounds, both included. */
export const count = (min: number, max: number) => {
  const rule = `is not a whole number from ${min} to ${max}.`;
  return between(min, max, rule).refine(Number.isInteger, rule);
};

/** A switch. */
export const flag = z.stringbool({
  truthy: ['true', '1', 'yes', 'on'],
  falsy: ['false', '0', 'no', 'off'],
  error: 'is neither true nor false.',
});

/** A secret that is valid in a header. */
export const secret = z
  .string()
  .regex(
    /^[\x21-\x7e]+$/,
    'is empty or contains spaces or unprintable characters. Copy it again from its source.',
  );

const split = (given: string): string[] =>
  given
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** A comma list. */
export const list = z.string().transform(split);

/** A comma list of some of the words, or `all`. */
export const someOf = <const T extends string>(words: readonly T[]) =>
  z.string().transform((given, ctx): ReadonlySet<T> => {
    if (given === 'all') return new Set(words);
    const chosen = split(given).map((name) => ({ name, word: words.find((one) => one === name) }));
    const wrong = chosen.find(({ word }) => word === undefined);
    if (wrong !== undefined || chosen.length === 0) {
      const culprit = wrong === undefined ? 'an empty list' : quoteUnlessSecret(wrong.name);
      ctx.addIssue(`cannot be used: ${culprit} is not one of ${words.join(', ')}.`);
      return z.NEVER;
    }
    return new Set(chosen.flatMap(({ word }) => word ?? []));
  });

/** An address without user and password, and without trailing slashes. */
export const webUrl = z
  .string()
  .refine((given) => {
    const url = URL.canParse(given) ? new URL(given) : null;
    return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  }, 'is not an address that begins with https:// or http://.')
  .transform((given) => given.replace(/\/+$/, ''));

/** Web origins; `*` = any. */
export const origins = z.string().transform((given, ctx) =>
  split(given).map((one) => {
    if (one === '*') return one;
    const origin = URL.canParse(one) ? new URL(one).origin : 'null';
    if (origin !== 'null') return origin;
    if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]+$/i.test(one))
      ctx.addIssue('is not an origin such as https://example.com.');
    return one.toLowerCase();
  }),
);

function isNetwork(network: string): boolean {
  const [address = '', bits] = network.split('/');
  const family = isIP(address);
  return (
    family !== 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32)))
  );
}

/** Addresses and networks whose X-Forwarded-* headers count: a list, a word for all, or one for none. */
export const proxies = z.string().transform((given, ctx): 'none' | 'all' | string[] => {
  if (/^(false|0|no|off)$/i.test(given)) return 'none';
  if (/^(true|1|yes|on|all)$/i.test(given)) return 'all';
  const networks = split(given);
  if (!networks.every(isNetwork))
    ctx.addIssue('holds what is neither an address nor a network such as 10.0.0.0/8.');
  return networks;
});

/** The address of a PostgreSQL database. */
export const storeUrl = z
  .string()
  .refine(
    (given) => URL.canParse(given) && /^postgres(?:ql)?:$/.test(new URL(given).protocol),
    'is not an address that begins with postgres://.',
  );
