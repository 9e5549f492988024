/**
 * Why no complete reply arrived. `network`: no connection, or a connection that broke. `too_large`: more bytes
 * than the call accepts. `unreadable`: the reply's reader failed.
 */
export type FailureKind = 'network' | 'timeout' | 'aborted' | 'too_large' | 'unreadable';

const NAMES: Record<FailureKind, string> = {
  network: 'TransportFailure',
  timeout: 'TimeoutError',
  aborted: 'AbortError',
  too_large: 'TransportFailure',
  unreadable: 'TransportFailure',
};

/**
 * A failure below the error mapping, which turns it into a GpuError. `sent` is false only where it is certain that
 * not one byte of the request left.
 */
export class TransportFailure extends Error {
  readonly kind: FailureKind;
  readonly sent: boolean;

  constructor(kind: FailureKind, sent: boolean, cause?: unknown) {
    super(`${kind}, ${sent ? 'after' : 'before'} sending`, cause === undefined ? undefined : { cause });
    this.name = NAMES[kind];
    this.kind = kind;
    this.sent = sent;
  }
}

/** True where the failure, or anything that caused it, is an abort by the caller. */
export function wasAborted(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    if (at.name === 'AbortError') return true;
  }
  return false;
}

/** The system's or undici's code of a failure (`ECONNREFUSED`, `ENOTFOUND`, …), null where there is none. */
export function causeCode(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return null;
}
