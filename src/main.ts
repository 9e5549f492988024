import { exitCodeOf } from './cli/terminal/exit.ts';

const [, , ...given] = process.argv;

/** Runs the program. Nearly every client starts the server without arguments: then no command line is parsed or loaded. */
export async function main(): Promise<void> {
  process.exitCode =
    given.length === 0
      ? await exitCodeOf(async () => (await import('./cli/commands/serve.ts')).serve({}))
      : await (await import('./cli/program.ts')).runProgram(process.argv);
  // Nothing may keep the process alive once its command is over: a client that closed stdin waits for our end.
  process.stdout.write('', () => process.exit());
}
