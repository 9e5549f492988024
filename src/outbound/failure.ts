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
 * A failure below the error mapping, which turns it into a GpuError. `sent` is false only if it is certain that
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

/** The proxy answered the request for a tunnel, and not with 200. Never an abort by the caller, as undici names it. */
export class ProxyRefusal extends Error {
  readonly code = 'PROXY_REFUSED';
  /** The proxy's HTTP status. */
  readonly status: number;

  constructor(status: number) {
    super(`the proxy answered ${status}`);
    this.name = 'ProxyRefusal';
    this.status = status;
  }
}

const MAX_CAUSES = 8;

/** The error and what caused it, from the outside in. */
function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && chain.length < MAX_CAUSES; at = at.cause) chain.push(at);
  return chain;
}

/** True if the failure, or anything that caused it, is an abort by the caller. */
export const wasAborted = (error: unknown): boolean =>
  causesOf(error).some(({ name }) => name === 'AbortError');

/** The system's or undici's code of a failure (`ECONNREFUSED`, `ENOTFOUND`, …), null if there is none. */
export function causeCode(error: unknown): string | null {
  const found = causesOf(error).find((one) => 'code' in one && typeof one.code === 'string');
  return found !== undefined && 'code' in found ? String(found.code) : null;
}

/** The codes of OpenSSL and Node for a certificate that is not accepted (Node documentation, TLS, "X509 certificate error codes"). */
const CERTIFICATE =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA$|PATH_LENGTH_|INVALID_PURPOSE$|HOSTNAME_MISMATCH$|ERR_TLS_CERT_|ERROR_IN_CERT_|CRL_)/;

/** A network fault that waiting does not mend: somebody has to change a setting. */
export type PermanentFault = 'certificate' | 'unknown_host' | 'proxy';

/** Which permanent fault a failure is; null for what may pass. */
export function permanentFault(error: unknown): PermanentFault | null {
  const code = causeCode(error);
  if (code === null) return null;
  if (code === 'PROXY_REFUSED' || code === 'UND_ERR_PRX_TLS') return 'proxy';
  if (code === 'ENOTFOUND') return 'unknown_host';
  return CERTIFICATE.test(code) ? 'certificate' : null;
}
