import { runProgram } from './cli/program.ts';

process.exitCode = await runProgram(process.argv);
// Nothing may keep the process alive once its command is over: a client that closed stdin waits for our end.
process.stdout.write('', () => process.exit());
