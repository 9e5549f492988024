import type { ErrorCode } from '../../core/errors.ts';
import { GpuError, isCode } from '../../core/errors.ts';
import { formatRef, type Kind, LISTED_BY } from '../../core/ref.ts';
import { clean, quote } from '../../core/text.ts';
import type { Explain, Failure } from '../../outbound/send.ts';
import { isRecord } from './fields.ts';

interface Reading {
  code: ErrorCode;
  means: string;
  hint?: string;
}

const MAX_WORDS = 200;
const SWITCHED_OFF =
  'This part of Volt may be switched off for the account; otherwise try again in a minute.';

/**
 * What each HTTP status means (Volt API Reference, Error Codes). 403, 405, 409, 410, 422, 503 and 504 are not in
 * that table: our reading. Only the status decides; the reference shows a single value of `code`.
 */
const BY_STATUS: Readonly<Record<number, Reading>> = {
  400: {
    code: 'invalid_input',
    means: 'the request is not valid',
    hint: 'Correct what the message names.',
  },
  401: {
    code: 'unauthorized',
    means: 'the API key is missing, wrong or revoked',
    hint: 'Set VOLT_API_KEY to a live key from the VoltageGPU dashboard (API Keys).',
  },
  402: {
    code: 'insufficient_funds',
    means: "the account's balance is too low",
    hint: 'Add funds on the VoltageGPU billing page; Volt has no endpoint that tells the balance.',
  },
  403: {
    code: 'forbidden',
    means: 'the API key lacks the permission (scope) for this',
    hint: 'Use a key with the scope for this resource; scopes are set in the VoltageGPU dashboard.',
  },
  404: { code: 'not_found', means: 'it does not exist or belongs to another account' },
  405: { code: 'unsupported', means: 'this version of the API does not offer the operation' },
  409: { code: 'wrong_state', means: 'it conflicts with the present state' },
  410: { code: 'not_found', means: 'it is gone' },
  422: {
    code: 'invalid_input',
    means: 'the request is not valid',
    hint: 'Correct what the message names.',
  },
  429: {
    code: 'rate_limited',
    means: 'more than 1,000 requests in an hour with this key',
    hint: 'Wait as long as the cloud says, then call again.',
  },
  500: { code: 'upstream_error', means: 'the cloud failed', hint: 'Contact Volt support if it persists.' },
  502: {
    code: 'upstream_unavailable',
    means: 'the provider behind Volt (Lium or Targon) is briefly unavailable',
    hint: 'Try again after a few seconds.',
  },
  503: { code: 'upstream_unavailable', means: 'the service is not available', hint: SWITCHED_OFF },
  504: { code: 'upstream_unavailable', means: 'the cloud did not answer in time' },
};

function reading(status: number): Reading {
  const known = BY_STATUS[status];
  if (known !== undefined) return known;
  if (status >= 500) return { code: 'upstream_error', means: 'the cloud failed' };
  if (status >= 400) return { code: 'invalid_input', means: 'the cloud rejected the request' };
  return { code: 'unexpected_response', means: 'this is no answer of the Volt API' };
}

function said(body: unknown): string {
  const message = isRecord(body) ? body.message : undefined;
  return typeof message === 'string' && message.trim() !== ''
    ? ` Volt says: "${clean(message, MAX_WORDS).replaceAll('"', "'")}"`
    : '';
}

/** Volt's reading of a reply: its error envelope, or a success that says of itself that it is none. */
export const explain: Explain = ({ status, body }): Failure | null => {
  if (status >= 200 && status < 300) {
    const denies = isRecord(body) && (body.success === false || body.error === true);
    return denies
      ? { code: 'upstream_error', message: `Volt answered ${status} but reports a failure.${said(body)}` }
      : null;
  }
  const { code, means, hint } = reading(status);
  return { code, message: `Volt answered ${status}: ${means}.${said(body)}`, hint };
};

/** Waits for `work`; a `not_found` becomes one that names the ref and the tool that lists what exists. */
export async function lookingFor<T>(kind: Kind, id: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isCode(error, 'not_found')) throw error;
    throw gone(kind, id, error);
  }
}

/** The error for a thing that is not (or no longer) there. */
export const gone = (kind: Kind, id: string, cause?: unknown): GpuError =>
  new GpuError(
    'not_found',
    `${formatRef('volt', kind, id)} does not exist on Volt, or belongs to another account.`,
    { hint: `Call ${LISTED_BY[kind]} to see what exists.`, cloud: 'volt', cause },
  );

/** The error for a reply about another thing than the one asked for: what it says must not stand in a plan. */
export const another = (kind: Kind, id: string, answered: string): GpuError =>
  new GpuError(
    'unexpected_response',
    `Volt was asked for ${formatRef('volt', kind, id)} and answered with ${quote(answered)}.`,
    { hint: `Take the ref from ${LISTED_BY[kind]}, and report it if this happens again.`, cloud: 'volt' },
  );

/**
 * Waits for a call to /fine-tuning. A route that is missing (404, 410; only where the path has no id) or answers
 * 503 means that this account or version has no fine-tuning: newer pages of the vendor leave it out.
 */
export async function offered<T>(work: Promise<T>, path: 'collection' | 'item'): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const missing = path === 'collection' && isCode(error, 'not_found');
    const off = isCode(error, 'upstream_unavailable') && error.hint === SWITCHED_OFF;
    if (!missing && !off) throw error;
    throw new GpuError('unsupported', 'Fine-tuning is not available on this account or version of Volt.', {
      hint: 'Rent a pod with create_pod and train there, or ask Volt support.',
      cloud: 'volt',
      cause: error,
    });
  }
}
