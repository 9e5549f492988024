import { Command, CommanderError, Option } from 'commander';
import { COMMON_SETTINGS, ConfigError, SETTINGS, type Setting, type SettingFlags } from '../config/read.ts';
import { VERSION } from '../version.ts';
import { addInstallCommands } from './install/commands.ts';
import { exitCodeOf } from './terminal/exit.ts';
import { tolerateClosedPipes } from './terminal/pipes.ts';
import { screenOf } from './terminal/screen.ts';

const NAME = 'gpu-cloud-mcp';
const SETTINGS_TITLE = 'Settings (each is a variable too):';

const START = `
Start here:
  ${NAME} demo     see it work: no account, no money
  ${NAME} install  add it to the client of your agent
  ${NAME} doctor   see what is missing or wrong

Without a command: MCP over stdio, for clients to start.
${NAME} COMMAND --help tells what a command takes.`;

const CALLS = `
For example:
  ${NAME} call --sandbox list_machines '{"gpu": "H100"}'
  echo '{"limit": 5}' | ${NAME} call list_pods -

${NAME} tools lists the tools.`;

const attribute = (flag: string): string =>
  flag.replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** Adds the settings that have a flag to a command, in the help behind its own options. */
function withSettings(command: Command, settings: readonly Setting[] = COMMON_SETTINGS): Command {
  for (const { flag, value, meaning, variable, default: fallback } of settings) {
    if (flag === null) continue;
    const operand = value === null ? '' : value.startsWith('[') ? ` ${value}` : ` <${value}>`;
    const given = fallback === null || value === null ? '' : `, default ${fallback}`;
    const option = new Option(`--${flag}${operand}`, `${meaning} (${variable}${given})`);
    command.addOption(option.helpGroup(SETTINGS_TITLE));
  }
  return command;
}

/** The settings that a command line gives, by their variables. */
function flagsOf(options: Record<string, unknown>): SettingFlags {
  const flags: Record<string, string> = {};
  for (const { flag, variable } of SETTINGS) {
    const given = flag === null ? undefined : options[attribute(flag)];
    if (given !== undefined) flags[variable] = String(given);
  }
  return flags;
}

/** The program without its commands: how help and errors look, which its commands take over from it. */
function bareProgram(): Command {
  const { isTerminal, columns, color, paint } = screenOf(process.stdout);
  return new Command(NAME)
    .description(
      "MCP server for GPU clouds: find, rent, watch and release machines, with a person's consent.",
    )
    .usage('[command] [options]')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({ getOutHasColors: () => color, ...(isTerminal && { getOutHelpWidth: () => columns }) })
    .configureHelp({
      minWidthToWrap: 20,
      styleTitle: (title) => paint('bold', title),
      subcommandTerm: (command) =>
        [
          command.name(),
          ...command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`)),
        ].join(' '),
    });
}

/** The command line. Each subcommand loads its own code only when it runs. */
export function createProgram(): Command {
  const program = bareProgram();
  withSettings(program.command('serve', { isDefault: true }), SETTINGS)
    .description('serve MCP over stdio, or with --http over Streamable HTTP')
    .action(async (options) => (await import('./commands/serve.ts')).serve(flagsOf(options)));
  program
    .command('sandbox')
    .description('run the simulator of both clouds alone, as HTTP APIs')
    .option('--port <N>', 'port on loopback; 0 = any free one', '8585')
    .option('--speed <N>', 'sandbox seconds in one real second', '1')
    .action(async (options) => (await import('./commands/sandbox.ts')).sandbox(options));
  program
    .command('demo')
    .description('watch a scripted agent do a whole job on the simulator')
    .option('--full', 'every word that agent, server and person say')
    .action(async (options) => (await import('./commands/demo.ts')).demo(options.full === true));
  withSettings(
    program
      .command('tools')
      .description('show the tools a model sees')
      .option('--json', 'as a client lists them, each with its tokens'),
  ).action(async (options) =>
    (await import('./commands/tools.ts')).tools(flagsOf(options), options.json === true),
  );
  withSettings(
    program
      .command('call')
      .description('make one tool call')
      .argument('<tool>', 'name of the tool')
      .argument('[json]', 'its arguments as a JSON object; - reads it from stdin', '{}')
      .option('--json', 'print the structured result')
      .addHelpText('after', CALLS),
  ).action(async (tool: string, json: string, options) =>
    (await import('./commands/call.ts')).call(flagsOf(options), tool, json, options.json === true),
  );
  withSettings(
    program
      .command('watch')
      .description('show pods and jobs live: state, cost so far, burn rate')
      .argument('[refs...]', 'only these, and end once all of them are settled (default: all, until Ctrl-C)')
      .option('--once', 'show them once and end'),
  ).action(async (refs: string[], options) =>
    (await import('./commands/watch.ts')).watch(flagsOf(options), refs, options.once === true),
  );
  withSettings(
    program
      .command('doctor')
      .description('check keys, reach, clock, limits and clients')
      .option('--json', 'the findings as JSON'),
  ).action(async (options) =>
    (await import('./commands/doctor.ts')).doctor(flagsOf(options), options.json === true),
  );
  program
    .command('audit')
    .description('show what was asked for, who agreed, what came of it')
    .option('--limit <N>', 'how many calls, the last ones', '50')
    .option('--json', 'as JSON lines')
    .option('--state-dir <DIR>', 'where the log is (GPU_MCP_STATE_DIR)')
    .action(async (options) =>
      (await import('./commands/audit.ts')).audit(flagsOf(options), options.limit, options.json === true),
    );
  const db = program.command('db').description('the PostgreSQL that replicas share (GPU_MCP_STORE_URL)');
  db.command('migrate')
    .description('bring its schema up to date, which a start does, too')
    .action(async () => (await import('./commands/db.ts')).dbMigrate());
  db.command('status')
    .description('show where its schema stands; exit code 1 if it is not up to date')
    .option('--json', 'as JSON')
    .action(async (options) => (await import('./commands/db.ts')).dbStatus(options.json === true));
  addInstallCommands(program);
  for (const command of program.commands) command.showHelpAfterError(`See ${NAME} ${command.name()} --help.`);
  return program.addHelpText('after', START);
}

/** Refuses a word that is no command: commander would take it for an argument of the default one. @throws ConfigError */
function checkCommand(program: Command, word: string | undefined): void {
  const names = [...program.commands.map((command) => command.name()), 'help'];
  if (word === undefined || word.startsWith('-') || names.includes(word)) return;
  throw new ConfigError(`There is no command "${word}". Commands: ${names.join(', ')}.\nSee ${NAME} --help.`);
}

/**
 * Runs the command line and returns the exit code: 2 for a wrong command line or configuration, 1 for a failure, 128 and
 * a signal's number after that signal.
 */
export const runProgram = (argv: readonly string[]): Promise<number> =>
  exitCodeOf(async () => {
    tolerateClosedPipes();
    try {
      const program = createProgram();
      checkCommand(program, argv[2]);
      await program.parseAsync([...argv]);
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    }
  });
