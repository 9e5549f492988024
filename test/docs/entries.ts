import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { type Block, blocksWithLines, type Page } from './pages.ts';

/** A block of a client's configuration: its place, and the entry in it. */
export type Entry = { place: string } & (
  | { kind: 'stdio'; command: string; args: string[]; env: Record<string, string> }
  | { kind: 'http'; url: string }
);

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  json: JSON.parse,
  jsonc: (text) => JSON.parse(text.replace(/^\s*\/\/.*$/gm, '')),
  toml: parseToml,
  yaml: parseYaml,
};

const texts = z.record(z.string(), z.string());
const started = z
  .looseObject({
    command: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
    cmd: z.string().optional(),
    args: z.array(z.string()).default([]),
    env: texts.optional(),
    envs: texts.optional(),
    environment: texts.optional(),
  })
  .transform(({ command, cmd, args, env, envs, environment }) => {
    const [program, ...first] = [command ?? cmd ?? []].flat();
    return { program, args: [...first, ...args], env: { ...env, ...envs, ...environment } };
  });
const reached = z.looseObject({
  url: z.string().optional(),
  httpUrl: z.string().optional(),
  serverUrl: z.string().optional(),
  uri: z.string().optional(),
});
const inputs = z.looseObject({ inputs: z.array(z.looseObject({ id: z.string() })).default([]) });

/** How clients name a variable of their own environment, or an answer that the person gave them once. */
const REFERENCE = /^\$?(?:\{(?:env:)?([A-Z_]+)\}|\{input:([\w-]+)\}|([A-Z_]+))$/;

/** A value as a client reads it: the text itself, or the key that it refers to. @throws Error for a reference to nothing */
function resolved(value: string, name: string, answers: readonly string[]): string {
  const [reference, variable, input, bare] = REFERENCE.exec(value) ?? [];
  if (reference === undefined && !/^[${]/.test(value)) return value;
  if ((variable ?? bare) === name || answers.includes(input ?? '')) return 'a-key-of-the-reader';
  throw new Error(`${name}: ${value} refers to nothing`);
}

function entryIn(value: unknown, answers: readonly string[], place: string): Entry[] {
  if (typeof value !== 'object' || value === null) return [];
  const { program, args, env } = started.safeParse(value).data ?? { args: [], env: {} };
  if (program !== undefined) {
    const pairs = Object.entries(env);
    const values = pairs.map(([name, text]) => [name, resolved(text, name, answers)]);
    return [{ place, kind: 'stdio', command: program, args, env: Object.fromEntries(values) }];
  }
  const { url, httpUrl, serverUrl, uri } = reached.safeParse(value).data ?? {};
  const address = url ?? httpUrl ?? serverUrl ?? uri;
  if (address !== undefined) return [{ place, kind: 'http', url: address }];
  return Object.values(value).flatMap((inner) => entryIn(inner, answers, place));
}

/** The entries of a client's configuration in a block, at any place in it. @throws Error for text that does not parse */
export function entriesIn({ language, line, text }: Block, path: string): Entry[] {
  const parse = PARSERS[language];
  if (parse === undefined) return [];
  const place = `${path}:${line}`;
  try {
    const whole = parse(text);
    return entryIn(
      whole,
      (inputs.safeParse(whole).data?.inputs ?? []).map(({ id }) => id),
      place,
    );
  } catch (error) {
    throw new Error(`${place}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** All entries of a page, and those behind its links that install something. */
export const entriesOf = (page: Page): Entry[] => [
  ...blocksWithLines(page).flatMap((block) => entriesIn(block, page.path)),
  ...linkedEntries(page),
];

/** Entries in links to Cursor (base64 of JSON) and VS Code (JSON behind a link of its own). */
function linkedEntries({ path, text }: Page): Entry[] {
  const links = [
    ...text.matchAll(/\]\((https:\/\/(?:cursor\.com|insiders\.vscode\.dev)\/[^)\s]*\?[^)\s]+)\)/g),
  ];
  return links.flatMap(([, link = '']) => {
    const { searchParams } = new URL(link);
    const cursor = searchParams.get('config');
    const inner = searchParams.get('url')?.replace(/^vscode:mcp\/install\?/, '');
    const json = cursor === null ? decodeURIComponent(inner ?? '') : Buffer.from(cursor, 'base64').toString();
    return entriesIn({ language: 'json', line: 0, text: json }, `${path}, a link to ${new URL(link).host}`);
  });
}
