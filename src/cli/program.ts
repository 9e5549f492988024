import { Command, CommanderError, Option } from 'commander';
import { ConfigError, SETTINGS, type Variable } from '../config.ts';
import { GpuError } from '../core/errors.ts';
import { VERSION } from '../version.ts';

type Flags = Partial<Record<Variable, string>>;

const attribute = (flag: string): string =>
  flag.replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** Adds every setting that has a flag to a command. */
function withSettings(command: Command): Command {
  for (const { flag, value, meaning, variable, default: fallback } of SETTINGS) {
    if (flag === null) continue;
    const spec = value === null ? `--${flag}` : `--${flag} <${value}>`;
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
  withSettings(program.command('serve', { isDefault: true }))
    .description('serve MCP over stdio (default)')
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
    .option('--json', 'exactly as a client lists them')
    .action(async (options) => (await import('./tools.ts')).tools(flagsOf(options), options.json === true));
  withSettings(program.command('call'))
    .description('make one tool call')
    .argument('<tool>', 'name of the tool')
    .argument('[json]', 'its arguments as a JSON object', '{}')
    .option('--json', 'print the structured result')
    .action(async (tool: string, json: string, options) =>
      (await import('./call.ts')).call(flagsOf(options), tool, json, options.json === true),
    );
  return program;
}

/** Runs the command line and returns the exit code: 2 for a wrong command line or configuration, 1 for a failure. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...argv]);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ConfigError || (error instanceof GpuError && error.code === 'invalid_input')) {
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
    process.stderr.write(`gpu-cloud-mcp failed: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
