import { isIP } from 'node:net';
import { GpuError } from '../../core/errors.ts';
import type { Pod } from '../../core/model.ts';
import { quote } from '../../core/text.ts';
import { invoked } from '../invocation.ts';

/** Where and as whom to log in to a pod. Checked: each part can stand in a command and in an ssh_config file. */
export interface Login {
  host: string;
  port: number;
  user: string;
  /** `gpu-<id>`: under this name ssh keeps the host's key, because clouds use addresses again. */
  alias: string;
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOST_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`, 'i');
const USER = /^[a-z_][a-z0-9_.-]{0,31}$/i;
const ID = /^[a-z0-9][a-z0-9._-]{0,127}$/i;
/** The forms of a command that clouds send: the port before or after the destination, or left out. */
const COMMAND = /^ssh(?: -p ?(\d{1,5}))? ([^\s@]{1,64})@(\S{1,253})(?: -p ?(\d{1,5}))?$/;

const refuse = (ref: string, what: string): GpuError =>
  new GpuError('unexpected_response', `${ref}: ${what} ssh was not started.`, {
    hint: 'Look at the pod on the dashboard of its cloud.',
  });

/** What the cloud says of the login, unchecked. */
function stated({ ref, ssh_command, public_ip, ssh_user, ssh_port }: Pod) {
  if (ssh_command === null) return { host: public_ip, user: ssh_user, port: ssh_port ?? 22 };
  const [, before, user = null, host = null, after] = COMMAND.exec(ssh_command) ?? [];
  if (user === null || (before !== undefined && after !== undefined))
    throw refuse(
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
    throw refuse(ref, `its address ${quote(host)} is neither an IP address nor a host name.`);
  if (user === null) throw refuse(ref, 'its cloud does not name the user to log in as.');
  if (!USER.test(user)) throw refuse(ref, `its user ${quote(user)} is not a user name.`);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw refuse(ref, `its port ${quote(String(port))} is not a port.`);
  if (!ID.test(id)) throw refuse(ref, `its id ${quote(id)} holds characters that no host alias may have.`);
  return { host, user, port, alias: `gpu-${id}` };
}
