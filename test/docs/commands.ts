import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { ROOT } from '../architecture/source.ts';

const PACKAGE: { scripts: Record<string, string> } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
const PROGRAM = createProgram();

/** A shell line as words; quotes group, a comment ends it. */
export function words(line: string): string[] {
  const found: string[] = [];
  for (const [whole, single, double] of line.matchAll(/'([^']*)'|"([^"]*)"|[^\s'"]+/g)) {
    if (whole.startsWith('#')) break;
    found.push(single ?? double ?? whole);
  }
  return found;
}

const optionsOf = (command: Command): Map<string, boolean> =>
  new Map(command.options.map((option) => [option.long ?? '', option.required]));

/** Every long flag of any subcommand. */
export const knownFlags = (): Set<string> =>
  new Set(PROGRAM.commands.flatMap((command) => [...optionsOf(command).keys()]));

function callFault([tool, ...given]: readonly string[]): string | null {
  const known = TOOLS.find(({ name }) => name === tool);
  if (known === undefined) return `there is no tool ${tool}`;
  const pairs = given.flatMap((word) => /^(\w+)=/.exec(word)?.[1] ?? []);
  const odd = pairs.find((name) => !(name in known.input.shape));
  if (odd !== undefined) return `${tool} takes no ${odd}`;
  const [json = '{}'] = given.filter((word) => word !== '-' && !/^\w+=/.test(word));
  try {
    JSON.parse(json);
    return null;
  } catch {
    return `the arguments are no JSON: ${json}`;
  }
}

/** What is wrong with the arguments of this program, or null. */
export function argumentFault(args: readonly string[]): string | null {
  const [first = ''] = args;
  const named = PROGRAM.commands.find((command) => command.name() === first);
  if (named === undefined && first !== '' && !first.startsWith('-')) return `there is no subcommand ${first}`;
  const command = named ?? PROGRAM.commands.find((candidate) => candidate.name() === 'serve');
  if (command === undefined) return 'there is no default command';
  const options = optionsOf(command);
  const operands: string[] = [];
  const rest = named === undefined ? [...args] : args.slice(1);
  while (rest.length > 0) {
    const word = rest.shift() ?? '';
    if (!word.startsWith('--')) {
      operands.push(word);
      continue;
    }
    if (word === '--') break;
    if (word === '--help') {
      if (rest[0] === 'settings') rest.shift();
      continue;
    }
    const takesValue = options.get(word);
    if (takesValue === undefined) return `${command.name()} has no flag ${word}`;
    if (takesValue && rest.shift() === undefined) return `${word} needs a value`;
  }
  return command.name() === 'call' && operands.length > 0 ? callFault(operands) : null;
}

const STARTS = [
  ['gpu-cloud-mcp'],
  ['node', 'dist/index.js'],
  ['node', '/path/to/gpu-cloud-mcp/dist/index.js'],
  ['npx', '-y', 'gpu-cloud-mcp'],
];

const indexOf = (all: readonly string[], part: readonly string[]): number =>
  all.findIndex((_word, at) => part.every((word, offset) => all[at + offset] === word));

/** What is wrong with one shown command, or null; null too for commands of others. */
export function commandFault(line: string): string | null {
  const all = words(line);
  const [first, second, third = ''] = all;
  if (first === 'npm' && second === 'run')
    return third in PACKAGE.scripts ? null : `there is no script ${third}`;
  if (first === 'npm' && second === 'test')
    return 'test' in PACKAGE.scripts ? null : 'there is no script test';
  for (const start of STARTS) {
    const at = indexOf(all, start);
    if (at >= 0 && (at === 0 || all[at - 1] === '--')) return argumentFault(all.slice(at + start.length));
  }
  return null;
}
