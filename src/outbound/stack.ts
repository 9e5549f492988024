import { GpuError } from '../core/errors.ts';
import { isLive } from '../core/permit.ts';
import { clean } from '../core/text.ts';
import { createBudget } from './budget.ts';
import { type ErrorContext, errorLayer, mapFailure } from './errors.ts';
import { logLayer } from './log.ts';
import { oneReadingLayer } from './one-reading.ts';
import { encodeQuery, fillPath } from './path.ts';
import { proxyName, proxySecrets } from './proxies.ts';
import { cloudName, outcomeUnknown } from './readings.ts';
import { readsLayer } from './reads.ts';
import { createRedactor, type Redact } from './redact.ts';
import { refusedBy, retryLayer } from './retry.ts';
import {
  type Call,
  compose,
  type Endpoint,
  type Given,
  type Layer,
  type Stack,
  type StackOptions,
} from './send.ts';
import { hintFor } from './statuses.ts';
import { timeoutLayer } from './timeout.ts';
import { createTransport } from './transport.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const ACCEPT: Record<Call['reads'], string> = {
  json: 'application/json',
  bytes: '*/*',
  events: 'text/event-stream, application/json',
};

const baseFor = (options: StackOptions, base: 'api' | 'inference'): string => {
  const url = options.bases[base];
  if (url === undefined) {
    throw new GpuError('not_configured', `${cloudName(options.cloud)} has no ${base} base URL.`);
  }
  return url;
};

/** The body as JSON text; null where none is given. @throws GpuError `invalid_input` for what JSON cannot hold. */
function encodeBody(body: unknown): string | null {
  if (body === undefined) return null;
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new GpuError('invalid_input', 'The input cannot be written as JSON.', { cause });
  }
}

function toCall(
  options: StackOptions,
  agent: string,
  endpoint: Endpoint<unknown>,
  io: Call['io'],
  given: Given,
): Call {
  const reads = endpoint.reads ?? 'json';
  const body = encodeBody(given.body);
  const path = fillPath(endpoint.path, given.params);
  return {
    cloud: options.cloud,
    method: endpoint.method,
    url: `${baseFor(options, endpoint.base ?? 'api')}${path}${encodeQuery(given.query)}`,
    route: endpoint.path,
    repeatable: endpoint.repeatable,
    reads,
    timeoutMs: endpoint.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxBytes: endpoint.maxBytes,
    cacheMs: (endpoint.cacheSeconds ?? 0) * 1000,
    headers: {
      accept: ACCEPT[reads],
      'user-agent': agent,
      ...(body === null ? {} : { 'content-type': 'application/json' }),
    },
    body,
    io,
    onEvent: given.onEvent,
  };
}

const MAX_PATH_PARTS = 6;

/** Where a reply differs from its schema, such as `pods[0].id (invalid_type)`. Never a value. */
function mismatch(issues: readonly { path: PropertyKey[]; code: string }[], redact: Redact): string {
  const [first] = issues;
  if (first === undefined) return 'unknown place';
  const path = first.path
    .slice(0, MAX_PATH_PARTS)
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${clean(redact(String(part)), 40)}`))
    .join('')
    .replace(/^\./, '');
  return `${path === '' ? 'the top level' : path} (${first.code})`;
}

function parse<T>(endpoint: Endpoint<T>, body: unknown, call: Call, redact: Redact): T {
  const parsed = endpoint.response.safeParse(body);
  if (parsed.success) return parsed.data;
  const name = cloudName(call.cloud);
  const where = mismatch(parsed.error.issues, redact);
  const what = typeof body === 'string' ? 'is not JSON' : `has an unexpected shape at ${where}`;
  if (!call.repeatable) return fail(outcomeUnknown(call.cloud, `${name}'s reply ${what}`, parsed.error));
  return fail(
    new GpuError('unexpected_response', `${name}'s reply to ${call.method} ${call.route} ${what}.`, {
      hint: hintFor('unexpected_response'),
      cloud: call.cloud,
    }),
  );
}

const fail = (error: GpuError): never => {
  throw error;
};

/** Lets what is not repeatable through only with a live permit of the gate. @throws GpuError `forbidden`. */
export const permitLayer: Layer = (next) => async (call) => {
  if (!call.repeatable && !isLive(call.io.permit)) {
    throw new GpuError('forbidden', "Nothing was sent: no write leaves without the gate's permit.", {
      hint: 'This is a fault of the server, not of the call; please report it.',
      cloud: call.cloud,
    });
  }
  return next(call);
};

const SENDABLE = /^[\t\u0020-\u007e\u0080-\u00ff]+$/;

/**
 * Adds the headers that carry the key. The innermost layer, so that nothing above ever sees the key.
 * @throws GpuError `not_configured` if the key cannot stand in a header.
 */
export const authLayer =
  (headers: Record<string, string>): Layer =>
  (next) =>
  async (call) => {
    if (!Object.values(headers).every((value) => SENDABLE.test(value))) {
      throw new GpuError(
        'not_configured',
        'The configured key has characters that cannot be sent in a header.',
        {
          hint: 'Set the key again, without line breaks or quotes around it.',
          cloud: call.cloud,
        },
      );
    }
    return next({ ...call, headers: { ...call.headers, ...headers } });
  };

/**
 * The outbound HTTP stack of one cloud and key, from the outside in: one reading, shared and kept reads, log, error mapping, permit,
 * retry, budget, timeout, authentication, network.
 */
export function createStack(options: StackOptions): Stack {
  const { cloud, deps, explain, isOwnError, key } = options;
  const { proxies = {} } = deps;
  const redact = createRedactor([key, ...proxySecrets(proxies)], options.keyForms);
  const budget = createBudget({
    perHour: options.hourlyBudget,
    now: deps.now,
    monotonic: deps.monotonic,
    store: deps.budgetFor?.(cloud),
  });
  const transport = createTransport({ proxies });
  const context: ErrorContext = {
    cloud,
    explain,
    isOwnError,
    redact,
    now: deps.now,
    proxyFor: (url) => proxyName(url, proxies),
  };
  const send = compose(
    [
      oneReadingLayer(),
      readsLayer(deps.monotonic),
      logLayer(deps, redact),
      errorLayer(context),
      permitLayer,
      retryLayer({ ...deps, isRefused: refusedBy(explain) }),
      budget.layer,
      timeoutLayer(deps.timer),
      authLayer(options.authorize(key)),
    ],
    transport.send,
  );
  return {
    request: async (endpoint, io, given = {}) => {
      const call = toCall(options, `gpu-cloud-mcp/${deps.version ?? '0'}`, endpoint, io, given);
      try {
        const reply = await send(call);
        return parse(endpoint, reply.body, call, redact);
      } catch (error) {
        throw mapFailure(context, call, error);
      }
    },
    budget: budget.state,
    close: transport.close,
  };
}
