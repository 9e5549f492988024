import type { Io } from '../../core/cloud.ts';
import { isCode } from '../../core/errors.ts';
import { type Pod, podSchema } from '../../core/model.ts';

const FROM_LIST = 'What the detail leaves out is taken from the list of pods.';

const known = (pod: Pod): Partial<Pod> =>
  Object.fromEntries(Object.entries(pod).filter(([, value]) => value !== null));

/**
 * A pod with what its detail leaves out, taken from the list: newer versions of Volt answer a question about one pod
 * with little more than its state, so that nobody could tell its name or price. What the detail says wins, its state
 * above all. Where the list cannot be read or lacks the pod, the pod stays as it is.
 */
export async function completed(io: Io, pod: Pod, list: (io: Io) => Promise<Pod[]>): Promise<Pod> {
  try {
    const row = (await list(io)).find(({ id }) => id === pod.id);
    if (row === undefined) return pod;
    const login = pod.state === 'running' ? {} : { ssh_command: null };
    return podSchema.parse({
      ...row,
      ...login,
      ...known(pod),
      raw_state: pod.raw_state,
      warnings: [...new Set([...pod.warnings, ...row.warnings, FROM_LIST])],
    });
  } catch (error) {
    if (isCode(error, 'cancelled') || io.signal.aborted) throw error;
    return pod;
  }
}
