/**
 * Stands in for a client's own `mcp add`: prints as JSON what it would start and with which variables. As their manuals say,
 * claude takes its options before the name (https://code.claude.com/docs/en/mcp), codex behind it
 * (https://github.com/openai/codex/blob/main/docs/config.md); the command to start comes after `--`.
 */
const [, , client, ...args] = process.argv;
const OPTIONS = { claude: ['--env', '--transport', '--scope'], codex: ['--env'] }[client];
const refuse = (why) => {
  throw new Error(`${client} ${args.join(' ')}: ${why}`);
};
const split = args.indexOf('--');
if (args[0] !== 'mcp' || args[1] !== 'add' || split < 0) refuse('not "mcp add … -- COMMAND"');
const rest = args.slice(2, split);
const [name] = client === 'codex' ? rest.splice(0, 1) : rest.splice(-1);
if (!/^[\w-]+$/.test(name ?? '')) refuse(`"${name}" is no name`);
const env = {};
while (rest.length > 0) {
  const [option, value] = rest.splice(0, 2);
  if (!OPTIONS.includes(option) || value === undefined) refuse(`${option} is no option, or lacks its value`);
  const [, variable, text] = /^(\w+)=(.+)$/.exec(value) ?? [];
  if (option === '--env') env[variable ?? refuse(`${value} is not NAME=VALUE`)] = text;
}
const [command, ...commandArgs] = args.slice(split + 1);
process.stdout.write(JSON.stringify({ command, args: commandArgs, env }));
