import { Command, CommanderError } from 'commander';
import { CLOUDS } from '../clouds/index.ts';
import { ConfigError, SETTINGS, wantsHttp } from '../config/read.ts';
import { nearest } from '../core/text.ts';
import { VERSION } from '../version.ts';
import { invoked } from './invocation.ts';
import { flagsOf, SETTINGS_TOPIC, settingsHelp, takesSettings, withSettings } from './settings-help.ts';
import { exitCodeOf, tolerateClosedPipes } from './terminal/exit.ts';
import { safe, screenOf } from './terminal/screen.ts';

const NAME = 'gpu-cloud-mcp';

const START = `
Start with demo, then install. Without a command: MCP over stdio.`;

const calls = (): string => `
For example:
  ${invoked()} call --sandbox list_machines gpu=H100 limit=5
  echo '{"limit": 5}' | ${invoked()} call list_pods -
${invoked()} tools lists the tools.`;

const logins = (): string => `
For example:
  ${invoked()} ssh train-1
  ${invoked()} ssh train-1 -- nvidia-smi -L`;

const COMPLETION = `
Send the script to this file:
  bash: ~/.local/share/bash-completion/completions/${NAME}
  zsh:  ~/.zfunc/_${NAME} (or another folder of fpath)
  fish: ~/.config/fish/completions/${NAME}.fish`;

/** The text without the values of flags: one may be a key. */
const withoutValues = (text: string): string => text.replace(/(--[\w-]+)=[^'\n]*/g, '$1');

/** The program without its commands, with the form of help and errors, which its commands inherit. */
function bareProgram(): Command {
  const { isTerminal, columns, color, paint } = screenOf(process.stdout);
  return new Command(NAME)
    .description('MCP server for GPU clouds: rent, watch and release machines with consent.')
    .usage('[command] [options]')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      getOutHasColors: () => color,
      writeErr: (text) => process.stderr.write(safe(withoutValues(text))),
      ...(isTerminal && { getOutHelpWidth: () => columns }),
    })
    .configureHelp({
      minWidthToWrap: 20,
      styleTitle: (title) => paint('bold', title),
      subcommandTerm: (command) => command.name(),
    });
}

/** Commands that run servers and simulators. */
function addServers(program: Command): void {
  withSettings(program.command('serve', { isDefault: true }), SETTINGS)
    .description('serve MCP over stdio, or with --http over Streamable HTTP')
    .action(async (options) => (await import('./commands/serve.ts')).serve(flagsOf(options)));
  program
    .command('sandbox')
    .description('run the simulator of the clouds alone, as HTTP APIs')
    .option('--port <N>', 'port on loopback; 0 = any free one', '8585')
    .option('--speed <N>', 'sandbox seconds in one real second', '1')
    .action(async (options) => (await import('./commands/sandbox.ts')).sandbox(options));
  program
    .command('demo')
    .description('watch a scripted agent do a whole job on the simulator')
    .option('--full', 'every word that agent, server and person say')
    .action(async (options) => (await import('./commands/demo.ts')).demo(options.full === true));
}

/** Commands for tools, pods and jobs. */
function addActs(program: Command): void {
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
      .argument('[arguments...]', 'name=value pairs, or one JSON object; - reads it from stdin')
      .option('--json', 'print the structured result')
      .addHelpText('after', calls()),
  ).action(async (tool: string, given: string[], options) =>
    (await import('./commands/call.ts')).call(flagsOf(options), tool, given, options.json === true),
  );
  withSettings(
    program
      .command('watch')
      .description('show pods and jobs live: state, cost so far, burn rate')
      .argument(
        '[things...]',
        'only these, by ref or name; ends once they are at rest (default: all, until Ctrl-C)',
      )
      .option('--once', 'show them once and end'),
  ).action(async (named: string[], options) =>
    (await import('./commands/watch.ts')).watch(flagsOf(options), named, options.once === true),
  );
  withSettings(
    program
      .command('ssh')
      .description('log in to a pod with the ssh of this machine')
      .argument('<pod>', 'its ref or name')
      .argument('[command...]', 'what to run there, behind --')
      .option('--print', 'show the command and do not run it')
      .option('--config', 'write a block for ~/.ssh/config after showing it')
      .option('--yes', 'write that block without asking')
      .addHelpText('after', logins()),
  ).action(async (pod: string, command: string[], options) =>
    (await import('./commands/ssh.ts')).ssh(flagsOf(options), pod, command, options),
  );
}

/** Commands to check and set up. */
function addChecks(program: Command): void {
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
    .option('--only <MODE>', 'real or sandbox')
    .option('--since <TIME>', 'so long ago (90m, 12h, 7d, 2w) or a date')
    .option('--tool <NAME>', 'calls of this tool')
    .option('--json', 'as JSON lines')
    .option('--csv', 'as CSV')
    .option('--state-dir <DIR>', 'where the log is (GPU_MCP_STATE_DIR), without a shared store')
    .action(async (options) => (await import('./commands/audit.ts')).audit(flagsOf(options), options));
  const db = program.command('db').description('the PostgreSQL that replicas share (GPU_MCP_STORE_URL)');
  db.command('migrate')
    .description('update its schema; each start does so too')
    .action(async () => (await import('./commands/db.ts')).dbMigrate());
  db.command('status')
    .description('show the version of its schema; exit code 1 if it is not up to date')
    .option('--json', 'as JSON')
    .action(async (options) => (await import('./commands/db.ts')).dbStatus(options.json === true));
}

/** Commands that write entries into clients. */
function addInstallers(program: Command): void {
  const install = program
    .command('install')
    .description('add the server to a client; asks if none is named')
    .argument(
      '[client]',
      'claude-code, claude-desktop, cursor, vscode, windsurf, codex, copilot-cli, gemini, opencode, goose, zed, cline, qwen-code, amp, lm-studio, other (prints an entry)',
    )
    .option('--scope <SCOPE>', 'user or project (this folder)', 'user')
    .option('--sandbox', 'the built-in simulator: no account, no money')
    .option('--http <URL>', 'a server that already runs, by its URL')
    .option('--keys <HOME>', 'env (names variables), file (private) or literal');
  for (const { id, title } of CLOUDS)
    install.option(`--${id}-key-file <PATH>`, `file that holds only the ${title} key`);
  install
    .option('--name <NAME>', 'name of the entry', 'gpu-cloud')
    .option('--dry-run', 'show what would change and write nothing')
    .option('--no-verify', 'neither start the server nor try the keys')
    .option('--replace', 'let the simulator replace an entry with real keys')
    .option('--delete-keys', 'delete key files that no client uses any more')
    .action(async (client: string | undefined, options) =>
      (await import('./install/install.ts')).install(client, options),
    );
  program
    .command('uninstall')
    .description('take the server out of a client again')
    .argument('<client>', 'as for install')
    .option('--scope <SCOPE>', 'user: all your projects; project: the one in this folder', 'user')
    .option('--name <NAME>', 'name of the entry', 'gpu-cloud')
    .option('--dry-run', 'show what would change and write nothing')
    .option('--delete-keys', 'delete private key files that no client uses any more')
    .action(async (client: string, options) =>
      (await import('./install/install.ts')).uninstall(client, options),
    );
}

/** Commands of shells that complete command lines. */
function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print the completion script of a shell')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText('after', COMPLETION)
    .action(async (shell: string) => (await import('./commands/completion.ts')).completion(shell));
  program
    .command('completion-words', { hidden: true })
    .argument('[typed...]')
    .action(async (typed: string[]) =>
      (await import('./commands/completion.ts')).completionWords(program, typed),
    );
}

/** The command line. Each subcommand loads its own code only when it runs. */
export function createProgram(): Command {
  const program = bareProgram();
  addServers(program);
  addActs(program);
  addChecks(program);
  addInstallers(program);
  addCompletion(program);
  for (const command of program.commands)
    command.showHelpAfterError(`See ${invoked()} ${command.name()} --help.`);
  return program.addHelpText('after', START);
}

/** Refuses a word that is no command: commander would pass it to the default command. @throws ConfigError */
function checkCommand(program: Command, word: string | undefined): void {
  const names = [
    ...program.commands.map((command) => command.name()).filter((name) => name !== 'completion-words'),
    'help',
  ];
  if (word === undefined || word.startsWith('-') || word === 'completion-words' || names.includes(word))
    return;
  const near = nearest(word, names);
  const meant = near === null ? '' : ` Did you mean ${near}?`;
  throw new ConfigError(
    `There is no command "${word}".${meant} Commands: ${names.join(', ')}.\nSee ${invoked()} --help.`,
  );
}

/** The command whose settings are asked for: `COMMAND --help settings`, `--help settings`, `help COMMAND settings`. */
function settingsTopic(program: Command, words: readonly string[]): Command | null {
  const [first, second, third] = words;
  const isHelp = (word: string | undefined) => word === '--help' || word === '-h';
  const named = isHelp(first) && second === SETTINGS_TOPIC ? 'serve' : isHelp(second) ? first : second;
  const asked =
    (isHelp(first) && second === SETTINGS_TOPIC) ||
    (third === SETTINGS_TOPIC && (isHelp(second) || first === 'help'));
  if (!asked) return null;
  return program.commands.find((command) => command.name() === named && takesSettings(command)) ?? null;
}

/** True if a client on stdin waits for a server of this command line. */
const isForClient = ([, , word, ...rest]: readonly string[]): boolean =>
  !process.stdin.isTTY &&
  (word === undefined || word === 'serve' || word.startsWith('-')) &&
  ![word, ...rest].some((one) => one?.startsWith('--http')) &&
  !wantsHttp({});

/**
 * Runs the command line and returns the exit code: 2 for a wrong command line or configuration, 1 for a failure, 128 and
 * a signal's number after that signal.
 */
export const runProgram = (argv: readonly string[]): Promise<number> =>
  exitCodeOf(async () => {
    tolerateClosedPipes();
    try {
      const program = createProgram();
      checkCommand(program, argv[2] === 'help' ? argv[3] : argv[2]);
      const topic = settingsTopic(program, argv.slice(2));
      if (topic !== null) {
        const { columns, paint } = screenOf(process.stdout);
        process.stdout.write(`${settingsHelp(topic, columns, paint)}\n`);
        return;
      }
      // `help COMMAND` is `COMMAND --help`; commander's own would take a line of a help that fills a screen.
      const [node = '', script = '', first, ...rest] = argv;
      const about = rest[0] === 'help' ? [] : rest;
      await program.parseAsync(first === 'help' ? [node, script, ...about, '--help'] : [...argv]);
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      if (process.exitCode === 0 || !isForClient(argv)) return;
      const why = withoutValues(error.message)
        .replace(/^error: /, '')
        .replaceAll('\n', ' ');
      await (await import('../mcp/pipe.ts')).refuseStart(
        `${why.replace(/\.$/, '')}. See ${invoked()} serve --help.`,
      );
    }
  });
