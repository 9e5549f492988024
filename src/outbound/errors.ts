import { CALL_CANCELLED, type ErrorCode, GpuError, SERVER_FAULT } from '../core/errors.ts';
import { hintFor, outcomeUnknown, type ReplyContext, readReply } from './replies.ts';
import type { Call, Layer, Reply } from './send.ts';

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

/** A proxy that refuses the tunnel, or nobody serves at its address. Never an abort by the caller, as undici names it. */
export class ProxyFault extends Error {
  readonly code: 'PROXY_REFUSED' | 'ECONNREFUSED';

  constructor(code: ProxyFault['code'], message: string) {
    super(message);
    this.name = 'ProxyFault';
    this.code = code;
  }
}

/** The sentence of an error that is certain to have come before the write. */
export const NOTHING_SENT = 'Nothing was sent.';

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
type PermanentFault = 'certificate' | 'name_in_certificate' | 'unknown_host' | 'proxy';

const OTHER_NAME: ReadonlySet<string> = new Set(['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH']);

/** Which permanent fault a failure is; null for what may pass. */
export function permanentFault(error: unknown): PermanentFault | null {
  const code = causeCode(error);
  if (code === null) return null;
  if (code === 'PROXY_REFUSED' || code === 'UND_ERR_PRX_TLS') return 'proxy';
  if (causesOf(error).some((one) => one instanceof ProxyFault)) return 'proxy';
  if (code === 'ENOTFOUND') return 'unknown_host';
  if (OTHER_NAME.has(code)) return 'name_in_certificate';
  return CERTIFICATE.test(code) ? 'certificate' : null;
}

/** What the error mapping needs of a cloud's stack. */
export interface ErrorContext extends ReplyContext {
  /** How to name the proxy on the way to a URL, without user and password; null if there is none. */
  proxyFor: (url: string) => string | null;
}

type FailureContext = Pick<ErrorContext, 'cloud' | 'title' | 'proxyFor'>;

const WHY_UNKNOWN: Record<TransportFailure['kind'], string> = {
  aborted: 'The call was cancelled after it had been sent',
  timeout: 'No complete reply came in time',
  network: 'The connection broke before a complete reply',
  too_large: 'The reply is too large',
  unreadable: 'The reply cannot be read',
};

/** What is wrong for good, and who can mend it. */
function permanent(
  fault: PermanentFault,
  context: FailureContext,
  call: Call,
): { why: string; hint: string } {
  const { host, hostname } = new URL(call.url);
  const proxy = context.proxyFor(call.url);
  const way = proxy === null ? '' : ` through the proxy ${proxy}`;
  if (fault === 'name_in_certificate') {
    return {
      why: `the certificate that ${host} shows${way} is for another name`,
      hint: 'The operator can check the base URL: its host must be a name in the certificate. Waiting does not help.',
    };
  }
  if (fault === 'certificate') {
    return {
      why: `the certificate that ${host} shows${way} is not trusted`,
      hint: 'If a company proxy or a private authority signs the certificates here, the operator can set NODE_EXTRA_CA_CERTS to a file with its certificate in the environment of this server, and start it again. Waiting does not help.',
    };
  }
  if (fault === 'unknown_host' && proxy === null) {
    return {
      why: `the host ${hostname} is unknown here`,
      hint: 'The operator can check the base URL and the network (DNS) and, if only a proxy leads out, set HTTPS_PROXY in the environment of this server and start it again. Waiting does not help.',
    };
  }
  const refused = fault === 'proxy' ? 'refused the connection' : 'is not known here under that name';
  return {
    why: `the proxy ${proxy ?? 'on the way'} ${refused}`,
    hint: `The operator can check HTTPS_PROXY and NO_PROXY, the proxy's user and password, and whether it lets ${host} pass. Waiting does not help.`,
  };
}

function unreachable(
  context: FailureContext,
  call: Call,
  failure: TransportFailure,
  nothing: string,
): GpuError {
  const name = context.title;
  const code = causeCode(failure);
  const reason = code === null ? '' : ` (${code})`;
  const fault = permanentFault(failure);
  const facts = { cloud: context.cloud, cause: failure };
  if (fault !== null) {
    const { why, hint } = permanent(fault, context, call);
    const message = `${name} cannot be reached: ${why}${reason}.${nothing}`;
    return new GpuError('upstream_unavailable', message, { ...facts, hint, retryable: false });
  }
  const late = failure.kind === 'timeout' ? ' in time' : '';
  const proxy = context.proxyFor(call.url);
  const [way, check] =
    proxy === null
      ? ['', '']
      : [
          ` through the proxy ${proxy}`,
          ' If it stays so, the operator can check the proxy, HTTPS_PROXY and NO_PROXY.',
        ];
  return new GpuError(
    'upstream_unavailable',
    `${name} could not be reached${way}${late}${reason}.${nothing}`,
    {
      ...facts,
      hint: `${hintFor('upstream_unavailable')}${check}`,
    },
  );
}

function fromFailure(context: FailureContext, call: Call, failure: TransportFailure): GpuError {
  const { cloud, title: name } = context;
  const isWrite = !call.repeatable;
  const nothing = isWrite ? ` ${NOTHING_SENT}` : '';
  const make = (code: ErrorCode, message: string) =>
    new GpuError(code, message, { hint: hintFor(code), cloud, cause: failure });
  if (failure.sent && isWrite) return outcomeUnknown(cloud, WHY_UNKNOWN[failure.kind], failure);
  if (failure.kind === 'aborted') return make('cancelled', `${CALL_CANCELLED}${nothing}`);
  if (!failure.sent) return unreachable(context, call, failure, nothing);
  if (failure.kind === 'timeout') {
    const proxy = context.proxyFor(call.url);
    const way = proxy === null ? '' : ` through the proxy ${proxy}`;
    return make('timeout', `${name} did not answer completely${way} within ${call.timeoutMs / 1000} s.`);
  }
  if (failure.kind === 'network') return make('upstream_unavailable', `The connection to ${name} broke.`);
  return make('unexpected_response', `${name}'s reply is too large or cannot be read.`);
}

/** Any thrown value as a GpuError, seen from one call. A stranger after a write leaves the outcome open. */
export function mapFailure(context: FailureContext, call: Call, error: unknown): GpuError {
  const { cloud } = context;
  if (error instanceof GpuError) return error;
  if (error instanceof TransportFailure) return fromFailure(context, call, error);
  if (!call.repeatable) return outcomeUnknown(cloud, 'The call failed on the way', error);
  if (wasAborted(error)) return fromFailure(context, call, new TransportFailure('aborted', true, error));
  return new GpuError('upstream_error', SERVER_FAULT, {
    hint: hintFor('upstream_error'),
    cloud,
    cause: error,
  });
}

/** Lets successes pass and turns everything else into a GpuError of the closed set, with the next step as hint. */
export const errorLayer =
  (context: ErrorContext): Layer =>
  (next) =>
  async (call) => {
    let reply: Reply;
    try {
      reply = await next(call);
    } catch (error) {
      throw mapFailure(context, call, error);
    }
    const error = readReply(context, call, reply);
    if (error !== null) throw error;
    return reply;
  };
