import { Command, CommanderError, Option } from 'commander';
import { COMMON_SETTINGS, SETTINGS, type Setting, type Variable } from '../config.ts';
import { VERSION } from '../version.ts';
import { exitCodeOf } from './exit.ts';
import { addInstallCommands } from './install-commands.ts';

type Flags = Partial<Record<Variable, string>>;

const attribute = (flag: string): string =>
  flag.replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** Adds the settings that have a flag to a command. */
function withSettings(command: Command, settings: readonly Setting[] = COMMON_SETTINGS): Command {
  for (const { flag, value, meaning, variable, default: fallback } of settings) {
    if (flag === null) continue;
    const operand = value === null ? '' : value.startsWith('[') ? ` ${value}` : ` <${value}>`;
    const spec = `--${flag}${operand}`;
    const given = fallback === null || value === null ? '' : `, default ${fallback}`;
    command.addOption(new Option(spec, `${meaning} (${variable}${given})`));
  }
  return command;
}

/** The settings that a command line gives, by their variables. */
function flagsOf(options: Record<string, unknown>): Flags {
  const flags: Flags = {};
  for (const { flag, variable } of SETTINGS) {
    const given = flag === null ? undefined : options[attribute(flag)];
    if (given !== undefined) flags[variable] = String(given);
  }
  return flags;
}

/** The command line. Each subcommand loads its own code only when it runs. */
export function createProgram(): Command {
  const program = new Command('gpu-cloud-mcp')
    .description(
      "MCP server for GPU clouds: find, rent, watch and release machines, with a person's consent.",
    )
    .version(VERSION)
    .exitOverride()
    .enablePositionalOptions();
  withSettings(program.command('serve', { isDefault: true }), SETTINGS)
    .description('serve MCP over stdio (default), or with --http over Streamable HTTP')
    .action(async (options) => (await import('./serve.ts')).serve(flagsOf(options)));
  program
    .command('sandbox')
    .description('run the simulator of both clouds alone, as HTTP APIs on loopback')
    .option('--port <N>', 'port', '8585')
    .option('--speed <N>', 'sandbox seconds in one real second', '1')
    .action(async (options) => (await import('./sandbox.ts')).sandbox(options));
  program
    .command('demo')
    .description('watch a scripted agent do the whole job on the simulator')
    .action(async () => (await import('./demo.ts')).demo());
  withSettings(program.command('tools'))
    .description('show the tools a model sees')
    .option('--json', 'as a client lists them, each with its tokens')
    .action(async (options) => (await import('./tools.ts')).tools(flagsOf(options), options.json === true));
  withSettings(program.command('call'))
    .description('make one tool call')
    .argument('<tool>', 'name of the tool')
    .argument('[json]', 'its arguments as a JSON object; - reads it from stdin', '{}')
    .option('--json', 'print the structured result')
    .action(async (tool: string, json: string, options) =>
      (await import('./call.ts')).call(flagsOf(options), tool, json, options.json === true),
    );
  withSettings(program.command('watch'))
    .description('show pods and jobs live: state, cost so far, burn rate')
    .argument(
      '[refs...]',
      'pods and jobs to watch; ends when all of them are settled (default: all, until Ctrl-C)',
    )
    .option('--once', 'show them once and end')
    .action(async (refs: string[], options) =>
      (await import('./watch.ts')).watch(flagsOf(options), refs, options.once === true),
    );
  withSettings(program.command('doctor'))
    .description('check keys, reach, clock, limits and clients; shows no secret')
    .option('--json', 'the findings as JSON')
    .action(async (options) => (await import('./doctor.ts')).doctor(flagsOf(options), options.json === true));
  program
    .command('audit')
    .description('show what was asked for, who agreed and what came of it')
    .option('--limit <N>', 'how many calls, the last ones', '50')
    .option('--json', 'as JSON lines')
    .option('--state-dir <DIR>', 'where the log is (GPU_MCP_STATE_DIR)')
    .action(async (options) =>
      (await import('./audit.ts')).audit(flagsOf(options), options.limit, options.json === true),
    );
  addInstallCommands(program);
  return program;
}

/** Runs the command line and returns the exit code: 2 for a wrong command line or configuration, 1 for a failure. */
export const runProgram = (argv: readonly string[]): Promise<number> =>
  exitCodeOf(async () => {
    try {
      await createProgram().parseAsync([...argv]);
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    }
  });
