import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { isIP } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ConfigError, childEnv } from '../../config/read.ts';
import { GpuError } from '../../core/errors.ts';
import type { Pod } from '../../core/model.ts';
import type { CloudId } from '../../core/ref.ts';
import { quote } from '../../core/text.ts';
import { invoked, quotedWord } from '../invocation.ts';

/** The login of a pod. Each part is checked to be safe in a command and in an ssh_config file. */
export interface Login {
  host: string;
  port: number;
  user: string;
  /** `gpu-<id>`: the name under which ssh keeps the host's key, because clouds reuse addresses. */
  alias: string;
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOST_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`, 'i');
const USER = /^[a-z_][a-z0-9_.-]{0,31}$/i;
const ID = /^[a-z0-9][a-z0-9._-]{0,127}$/i;
/** The forms of a command that clouds send: the port before or after the destination, or left out. */
const COMMAND = /^ssh(?: -p ?(\d{1,5}))? ([^\s@]{1,64})@(\S{1,253})(?: -p ?(\d{1,5}))?$/;

const sshError = (ref: string, what: string): GpuError =>
  new GpuError('unexpected_response', `${ref}: ${what} ssh was not started.`, {
    hint: 'Look at the pod on the dashboard of its cloud.',
  });

/** The login as the cloud reports it, unchecked. */
function stated({ ref, ssh_command, public_ip, ssh_user, ssh_port }: Pod) {
  if (ssh_command === null) return { host: public_ip, user: ssh_user, port: ssh_port ?? 22 };
  const [, before, user = null, host = null, after] = COMMAND.exec(ssh_command) ?? [];
  if (user === null || (before !== undefined && after !== undefined))
    throw sshError(
      ref,
      `the cloud's login command ${quote(ssh_command)} is not of the form "ssh -p PORT USER@HOST".`,
    );
  return { host, user, port: Number(before ?? after ?? 22) };
}

/**
 * The login of a running pod. Host, user and id come from a cloud and are not trusted: the host is an IP address or a
 * strict host name, the user a strict user name.
 * @throws GpuError `wrong_state` if the pod does not run or has no login yet, `unexpected_response` for odd values
 */
export function loginOf(pod: Pod): Login {
  const { ref, id, state } = pod;
  if (state !== 'running')
    throw new GpuError('wrong_state', `${ref} is ${state}, so nobody can log in.`, {
      hint: `Wait until it runs: ${invoked()} watch ${ref}`,
    });
  const { host, user, port } = stated(pod);
  if (host === null)
    throw new GpuError('wrong_state', `${ref} runs, but its cloud names no address yet.`, {
      hint: 'Try again in a minute.',
    });
  if (isIP(host) === 0 && !HOST_NAME.test(host))
    throw sshError(ref, `its address ${quote(host)} is neither an IP address nor a host name.`);
  if (user === null) throw sshError(ref, 'its cloud does not name the user to log in as.');
  if (!USER.test(user)) throw sshError(ref, `its user ${quote(user)} is not a user name.`);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw sshError(ref, `its port ${quote(String(port))} is not a port.`);
  if (!ID.test(id)) throw sshError(ref, `its id ${quote(id)} holds characters that no host alias may have.`);
  return { host, user, port, alias: `gpu-${id}` };
}

/**
 * The file in which ssh keeps the host key of one pod. Creates its folder (0700). @throws ConfigError if its path is not
 * valid in an ssh configuration
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

/** The options with which ssh keeps the key of each pod separately and refuses a changed key. */
const optionsOf = ({ alias }: Login, knownHosts: string): [string, string][] => [
  ['HostKeyAlias', alias],
  ['UserKnownHostsFile', sshPath(knownHosts)],
  ['StrictHostKeyChecking', 'accept-new'],
];

/** The arguments of ssh. After `--` nothing is an option, neither the destination nor the command. */
export const sshArguments = (login: Login, knownHosts: string, command: readonly string[]): string[] => [
  '-p',
  String(login.port),
  ...optionsOf(login, knownHosts).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  '--',
  `${login.user}@${login.host}`,
  ...command,
];

/** The command as a person can paste it into a POSIX shell. */
export const shellCommand = (args: readonly string[]): string =>
  ['ssh', ...args].map((word) => quotedWord(word)).join(' ');

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

/** The file with the block, which replaces an earlier one of that alias or comes first: ssh uses the first value it finds. */
export function withBlock(before: string, block: string, alias: string): string {
  const lines = before.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`# begin ${alias} `));
  const to = lines.indexOf(`# end ${alias}`, from);
  if (from < 0 || to < 0) return before === '' ? block : `${block}\n${before}`;
  return [...lines.slice(0, from), ...block.trimEnd().split('\n'), ...lines.slice(to + 1)].join('\n');
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs the system's ssh on this terminal and passes signals to it. Returns its exit code; 128 and the number of the signal
 * if one ended it. It gets no key of a cloud. @throws ConfigError if there is no ssh
 */
export async function runSsh(args: readonly string[]): Promise<number> {
  const child = spawn('ssh', args, { stdio: 'inherit', env: childEnv({}) });
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  for (const name of SIGNALS) process.on(name, pass);
  try {
    return await new Promise<number>((resolve, reject) => {
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
  } finally {
    for (const name of SIGNALS) process.off(name, pass);
  }
}
