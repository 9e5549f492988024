import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ConfigError, childEnv } from '../../config/read.ts';
import type { CloudId } from '../../core/ref.ts';
import type { Login } from './login.ts';

/**
 * The file in which ssh keeps the host key of one pod. Its folder is made (0700). @throws ConfigError if its path cannot
 * stand in a configuration of ssh
 */
export function knownHostsFile(stateDir: string, cloud: CloudId, { alias }: Login): string {
  const folder = join(stateDir, 'ssh');
  const path = join(folder, `known_hosts-${cloud}-${alias}`);
  if (/["$\n\r\\]/.test(path))
    throw new ConfigError(
      `GPU_MCP_STATE_DIR: ssh cannot use a path with quotes, dollar signs, backslashes or line breaks (${stateDir}).`,
    );
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return path;
}

/** ssh expands % in paths. */
const sshPath = (path: string): string => `"${path.replaceAll('%', '%%')}"`;

/** The options that make ssh keep the key of each pod apart; a key that changes is refused. */
const optionsOf = ({ alias }: Login, knownHosts: string): [string, string][] => [
  ['HostKeyAlias', alias],
  ['UserKnownHostsFile', sshPath(knownHosts)],
  ['StrictHostKeyChecking', 'accept-new'],
];

/** The arguments of ssh. Behind `--` nothing is an option, neither the destination nor the command. */
export const sshArguments = (login: Login, knownHosts: string, command: readonly string[]): string[] => [
  '-p',
  String(login.port),
  ...optionsOf(login, knownHosts).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  '--',
  `${login.user}@${login.host}`,
  ...command,
];

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The command as a person can paste it into a POSIX shell. */
export const shellCommand = (args: readonly string[]): string => ['ssh', ...args].map(quoted).join(' ');

/**
 * The lines of one host in ssh_config, between marks by which they are found again. `Match all` ends them: options that
 * the file has before its first `Host` count for every host, and would else belong to this one.
 */
export const configBlock = (login: Login, ref: string, knownHosts: string): string =>
  [
    `# begin ${login.alias} (gpu-cloud-mcp, ${ref})`,
    `Host ${login.alias}`,
    `    HostName ${login.host}`,
    `    Port ${login.port}`,
    `    User ${login.user}`,
    ...optionsOf(login, knownHosts).map(([name, value]) => `    ${name} ${value}`),
    'Match all',
    `# end ${login.alias}`,
    '',
  ].join('\n');

/** The file with the block in the place of an earlier one of that alias, else first: ssh takes the first value it finds. */
export function withBlock(before: string, block: string, alias: string): string {
  const lines = before.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`# begin ${alias} `));
  const to = lines.indexOf(`# end ${alias}`, from);
  if (from < 0 || to < 0) return before === '' ? block : `${block}\n${before}`;
  return [...lines.slice(0, from), ...block.trimEnd().split('\n'), ...lines.slice(to + 1)].join('\n');
}

/** Runs the system's ssh on this terminal; its exit code. It gets no key of a cloud. @throws ConfigError if there is none */
export function runSsh(args: readonly string[]): Promise<number> {
  // Ctrl-C is the remote program's: ssh gets it from the terminal itself.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  const child = spawn('ssh', args, { stdio: 'inherit', env: childEnv({}) });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ENOENT'
          ? new ConfigError('There is no ssh in PATH. Install OpenSSH, or use --print for the command.')
          : error,
      ),
    );
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  return ended.finally(() => process.off('SIGINT', ignore));
}
