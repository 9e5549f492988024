import type { Pod } from '../../core/model.ts';
import { quote } from '../../core/text.ts';

const USER = /^[a-z_][a-z0-9_.-]{0,31}$/i;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]{2,39})$/i;

/**
 * A pod with the way to log in, as far as it is known. Only `user_name` counts as a login: that `vm_name` is one
 * is documented nowhere, nor is the SSH port (Nebula Block API Reference, User Instance Detail). The command is
 * for a person to read; user and address are checked to be nothing else.
 */
export function withLogin(pod: Pod, exposedPorts: string | null): Pod {
  const warnings = [...pod.warnings];
  if (exposedPorts !== null) warnings.push(`Exposed ports, as the cloud lists them: ${quote(exposedPorts)}.`);
  if (pod.state !== 'running' || pod.public_ip === null) return { ...pod, warnings };
  if (!ADDRESS.test(pod.public_ip)) {
    warnings.push('The public address does not look like one, so no SSH command is given.');
    return { ...pod, warnings };
  }
  if (pod.ssh_user === null) {
    warnings.push(
      'The login user is documented nowhere and the cloud names none: look at the instance in the console of Nebula Block, or try the usual user of the image (such as ubuntu) with your SSH key.',
    );
    return { ...pod, warnings };
  }
  if (!USER.test(pod.ssh_user)) {
    warnings.push('The login user is not a plain user name, so no SSH command is given.');
    return { ...pod, warnings };
  }
  return { ...pod, ssh_command: `ssh ${pod.ssh_user}@${pod.public_ip}`, warnings };
}
