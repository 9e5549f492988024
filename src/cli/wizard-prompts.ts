import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import * as clack from '@clack/prompts';

/** One choice of a list. */
export interface Option<T> {
  value: T;
  label: string;
  hint?: string;
}

/** The person gave up. Nothing has been written then. */
export class Cancelled extends Error {}

/** What a wizard says and asks. Every question throws Cancelled where the person gives up. */
export interface Prompts {
  intro(title: string): void;
  note(text: string, title: string): void;
  say(text: string): void;
  warn(text: string): void;
  outro(text: string): void;
  choose<T extends string>(message: string, options: readonly Option<T>[]): Promise<T>;
  chooseSome<T extends string>(
    message: string,
    options: readonly Option<T>[],
    chosen: readonly T[],
  ): Promise<T[]>;
  confirm(message: string): Promise<boolean>;
  text(message: string, check: (text: string) => string | undefined, placeholder: string): Promise<string>;
  secret(message: string, check: (text: string) => string | undefined): Promise<string>;
  /** Shows that something is going on until the work is done. */
  during<T>(message: string, work: () => Promise<T>, done: (result: T) => string): Promise<T>;
}

const SGR = /\u001b\[[\d;]*m/g;

/** The terminal without its colours: cursor movements pass, colour codes do not. */
function withoutColours(): Writable {
  const out = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      process.stdout.write(String(chunk).replace(SGR, ''));
      // At once: a process that ends waits for stdout, but not for a queue of ours.
      done();
    },
  });
  return Object.assign(out, {
    isTTY: true,
    columns: process.stdout.columns,
    rows: process.stdout.rows,
  });
}

/** The answer; clack gives a symbol where the person gave up. @throws Cancelled */
function answered<T>(answer: T | symbol): T {
  if (typeof answer === 'symbol') throw new Cancelled('cancelled');
  return answer;
}

const rowsOf = (options: readonly Option<string>[]) =>
  options.map(({ value, label, hint }) => ({ value, label, ...(hint !== undefined && { hint }) }));

/** Prompts on the terminal (@clack/prompts). */
export function terminalPrompts(colour: boolean): Prompts {
  const output = colour ? process.stdout : withoutColours();
  const common = { output };
  const plain = (text: string): string => (colour ? text : stripVTControlCharacters(text));
  return {
    intro: (title) => clack.intro(title, common),
    note: (text, title) => clack.note(plain(text), title, { ...common, format: (line: string) => line }),
    say: (text) => clack.log.info(text, common),
    warn: (text) => clack.log.warn(text, common),
    outro: (text) => clack.outro(text, common),
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
          message: `${message} (space to choose, enter to go on)`,
          options: rowsOf(options),
          initialValues: [...initial],
          required: true,
          ...common,
        }),
      );
      return options.filter(({ value }) => answer.includes(value)).map(({ value }) => value);
    },
    confirm: async (message) => answered<boolean>(await clack.confirm({ message, ...common })),
    text: async (message, check, placeholder) =>
      answered<string>(
        await clack.text({ message, placeholder, validate: (value) => check(value ?? ''), ...common }),
      ),
    secret: async (message, check) =>
      answered<string>(await clack.password({ message, validate: (value) => check(value ?? ''), ...common })),
    during: async (message, work, done) => {
      const spinner = clack.spinner(common);
      spinner.start(message);
      const result = await work();
      spinner.stop(done(result));
      return result;
    },
  };
}
