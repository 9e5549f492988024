import { Writable } from 'node:stream';
import * as clack from '@clack/prompts';
import { fold } from '../terminal/layout.ts';

/** One choice of a list. */
export interface Option<T> {
  value: T;
  label: string;
  hint?: string;
}

/** The person cancelled at a question. Nothing was written then. */
export class Cancelled extends Error {}

/** Checks a person's text: returns what is wrong with it, or undefined. */
export type Fault = (text: string) => string | undefined;

/** Results, each with its mark: lines on stdout, or those of the wizard. */
export interface Output {
  say(text: string): void;
  good(text: string): void;
  bad(text: string): void;
  warn(text: string): void;
}

/** The output and questions of a wizard. Every question throws Cancelled if the person cancels. */
export interface Prompts extends Output {
  intro(title: string): void;
  /** Lines that stay as they are, under a heading. */
  note(text: string, title: string): void;
  outro(text: string): void;
  choose<T extends string>(message: string, options: readonly Option<T>[]): Promise<T>;
  chooseSome<T extends string>(
    message: string,
    options: readonly Option<T>[],
    chosen: readonly T[],
  ): Promise<T[]>;
  confirm(message: string): Promise<boolean>;
  /** A line of text; Enter alone gives the `fallback`, which the question names. */
  text(message: string, check: Fault, fallback: string | null): Promise<string>;
  secret(message: string, check: Fault): Promise<string>;
}

/** What the prompts put before each line. */
export const GUTTER = 3;

/** Text within the gutter. A painted line stays as it is. */
const inside = (text: string): string =>
  text
    .split('\n')
    .flatMap((line) =>
      line.includes('\u001b') ? [line] : fold(line, (process.stdout.columns || 80) - GUTTER),
    )
    .join('\n');

const SGR = /\u001b\[[\d;]*m/g;

/** The terminal without its colours: cursor movements pass, colour codes do not. */
function withoutColors(): Writable {
  const out = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      process.stdout.write(String(chunk).replace(SGR, ''));
      // Synchronous: a process that ends waits for stdout, but not for our queue.
      done();
    },
  });
  return Object.assign(out, {
    isTTY: true,
    columns: process.stdout.columns,
    rows: process.stdout.rows,
  });
}

/** The answer; clack returns a symbol if the person cancels. @throws Cancelled */
function answered<T>(answer: T | symbol): T {
  if (typeof answer === 'symbol') throw new Cancelled('cancelled');
  return answer;
}

const rowsOf = (options: readonly Option<string>[]) =>
  options.map(({ value, label, hint }) => ({ value, label, ...(hint !== undefined && { hint }) }));

/** Prompts on the terminal (@clack/prompts). */
export function terminalPrompts(color: boolean): Prompts {
  const output = color ? process.stdout : withoutColors();
  const common = { output };
  return {
    intro: (title) => clack.intro(title, common),
    note: (text, title) => clack.log.step(inside(`${title}\n${text}`), common),
    say: (text) => clack.log.info(inside(text), common),
    good: (text) => clack.log.success(inside(text), common),
    bad: (text) => clack.log.error(inside(text), common),
    warn: (text) => clack.log.warn(inside(text), common),
    outro: (text) => clack.outro(inside(text).replaceAll('\n', `\n${' '.repeat(GUTTER)}`), common),
    choose: async (message, options) => {
      const answer = answered<string>(
        await clack.select<string>({ message, options: rowsOf(options), ...common }),
      );
      const chosen = options.find(({ value }) => value === answer);
      if (chosen === undefined) throw new Cancelled('nothing chosen');
      return chosen.value;
    },
    chooseSome: async (message, options, initial) => {
      const answer = answered<string[]>(
        await clack.multiselect<string>({
          message,
          options: rowsOf(options),
          initialValues: [...initial],
          required: true,
          ...common,
        }),
      );
      return options.filter(({ value }) => answer.includes(value)).map(({ value }) => value);
    },
    confirm: async (message) => answered<boolean>(await clack.confirm({ message, ...common })),
    text: async (message, check, fallback) => {
      const given = answered<string>(
        await clack.text({
          message: fallback === null ? message : `${message} (Enter: ${fallback})`,
          validate: (value) => check(value || (fallback ?? '')),
          ...common,
        }),
      );
      return given || (fallback ?? '');
    },
    secret: async (message, check) =>
      answered<string>(await clack.password({ message, validate: (value) => check(value ?? ''), ...common })),
  };
}
