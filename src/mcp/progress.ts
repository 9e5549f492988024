import type { Progress } from '../engine/context.ts';

/** Parameters of `notifications/progress`, the same in all protocol revisions. */
interface ProgressParams {
  progressToken: string | number;
  progress: number;
  total?: number;
  message: string;
}

/** Reports progress under the client's token, always rising as the protocol wants it; without a token nothing is sent. */
export function progressTo(
  token: string | number | undefined,
  send: (params: ProgressParams) => void,
): Progress {
  if (token === undefined) return () => {};
  let last = -1;
  return (done, total, message) => {
    last = Math.max(done, last + 0.001);
    send({ progressToken: token, progress: last, message, ...(total !== null && { total }) });
  };
}
