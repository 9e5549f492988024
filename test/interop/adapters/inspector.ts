import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Connect, headersOf, type Result, type Target } from '../journey.ts';

const run = promisify(execFile);
const BIN = createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector-cli');
/** What BIN starts as one more process, with the same arguments but --cli: calls start it at once. */
const CLIENT = join(dirname(BIN), 'index.js');

const placeOf = (target: Target): string[] =>
  target.transport === 'stdio'
    ? [target.command, ...target.args]
    : [
        target.url,
        '--transport',
        'http',
        ...Object.entries(headersOf(target)).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
      ];

/** The program reads a value as JSON if it is JSON: a text such as 0.34 needs its quotes. */
const pair = ([name, value]: [string, unknown]): string => `${name}=${JSON.stringify(value)}`;

/** The command line of the MCP Inspector: one process, and one connection, for each call. */
export const inspector: Connect = async (target) => {
  const ask = async (program: readonly string[], ...what: string[]): Promise<unknown> => {
    const { stdout } = await run(process.execPath, [...program, ...placeOf(target), '--method', ...what], {
      // Version 1.0.3 searches for its own package.json from the working directory.
      cwd: dirname(BIN),
      maxBuffer: 2 ** 24,
    });
    return JSON.parse(stdout);
  };
  return {
    names: async () => {
      const { tools } = (await ask([BIN, '--cli'], 'tools/list')) as { tools: { name: string }[] };
      return tools.map(({ name }) => name);
    },
    call: async (name, args) => {
      const given = Object.entries(args).map(pair);
      const flags = given.length === 0 ? [] : ['--tool-arg', ...given];
      return (await ask([CLIENT], 'tools/call', '--tool-name', name, ...flags)) as Result;
    },
    close: async () => {},
  };
};
