import type { PodState } from '../../core/model.ts';
import type { PodWire } from './wire.ts';

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const HOST = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);
const IPV6 = /^[0-9A-Fa-f:]{2,39}$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const COMMAND = /^ssh (?:-p (\d{1,5}) )?([^\s@]{1,64})@(\S{1,253}?)(?: -p (\d{1,5}))?$/;
const MAX_PORT = 65_535;

const isHost = (text: string | null): text is string =>
  text !== null && (HOST.test(text) || (text.includes(':') && IPV6.test(text)));
const isUser = (text: string | null): text is string => text !== null && USER.test(text);
const isPort = (port: number | null): port is number =>
  port !== null && Number.isInteger(port) && port >= 1 && port <= MAX_PORT;

const command = (user: string, host: string, port: number | null) =>
  `ssh ${user}@${host}${port === null ? '' : ` -p ${port}`}`;

/** How to log in to a pod, as far as the reply tells. */
export interface Login {
  ssh_user: string | null;
  ssh_command: string | null;
  warnings: string[];
}

/** A command the cloud gave, rebuilt from its parts; null where a part is not plainly a user, host or port. */
function given(text: string | null): string | null {
  const [, before, user = null, host = null, after] = COMMAND.exec(text ?? '') ?? [];
  const digits = before ?? after;
  const port = digits === undefined ? null : Number(digits);
  if (!isUser(user) || !isHost(host) || (port !== null && !isPort(port))) return null;
  return command(user, host, port);
}

/**
 * The login of a running pod. No document names the user (Volt API Reference, Pods API shows `ip` and `ssh_port`
 * only); that /root is the home of the local volume suggests root, and a warning says that this is a guess.
 * Parts that newer versions send are used where they are plainly a user, a host and a port. Text for a person; the
 * command `ssh` reads it again and checks each part.
 */
export function login(pod: PodWire, state: PodState): Login {
  const ssh_user = isUser(pod.ssh_user) ? pod.ssh_user : null;
  if (state !== 'running' || pod.ssh_ready === false) return { ssh_user, ssh_command: null, warnings: [] };
  const whole = given(pod.ssh_command);
  if (whole !== null) {
    return { ssh_user, ssh_command: whole, warnings: ['The SSH command is the one the cloud sent.'] };
  }
  const host = isHost(pod.ssh_host) ? pod.ssh_host : isHost(pod.ip) ? pod.ip : null;
  if (host === null || !isPort(pod.ssh_port)) return { ssh_user, ssh_command: null, warnings: [] };
  if (ssh_user !== null)
    return { ssh_user, ssh_command: command(ssh_user, host, pod.ssh_port), warnings: [] };
  return {
    ssh_user,
    ssh_command: command('root', host, pod.ssh_port),
    warnings: ['The SSH user root is an assumption: the documents name no user.'],
  };
}
