import { GpuError } from '../core/errors.ts';
import { isSafeId } from '../core/ref.ts';
import { clean } from '../core/text.ts';
import type { Redact } from './redact.ts';
import { hintFor, outcomeUnknown, type ReplyContext } from './replies.ts';
import type { Call, Endpoint, Given, StackOptions } from './send.ts';

const PLACEHOLDER = /:([A-Za-z_][A-Za-z0-9_]*)/g;

const encodeSegment = (name: string, value: string): string => {
  const idError = (cause?: unknown) =>
    new GpuError('invalid_input', `${name}: this is not an id that can be sent.`, {
      hint: 'Take the ref from the tool that lists such things, and pass it unchanged.',
      cause,
    });
  if (!isSafeId(value)) throw idError();
  try {
    return encodeURIComponent(value);
  } catch (cause) {
    throw idError(cause);
  }
};

/**
 * A declared path with its `:name` placeholders filled, each value percent-encoded as one segment.
 * @throws GpuError `invalid_input` for an unsafe id, or if the parameters are not exactly the placeholders.
 */
export function fillPath(path: string, params: Record<string, string> = {}): string {
  const used = new Set<string>();
  const filled = path.replace(PLACEHOLDER, (_whole, name: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (value === undefined) {
      throw new GpuError('invalid_input', `The path ${path} needs "${name}", which is missing.`);
    }
    used.add(name);
    return encodeSegment(name, value);
  });
  const surplus = Object.keys(params).filter((name) => !used.has(name));
  if (surplus.length > 0) {
    throw new GpuError('invalid_input', `The path ${path} has no place for ${surplus.join(', ')}.`);
  }
  return filled;
}

/** The query string, `?a=1&b=x`, with every name and value encoded and without undefined ones; empty if there is none. */
export function encodeQuery(query: Given['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.append(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const ACCEPT: Record<Call['reads'], string> = {
  json: 'application/json',
  bytes: '*/*',
  events: 'text/event-stream, application/json',
};

const baseFor = (options: StackOptions, base: 'api' | 'inference'): string => {
  const url = options.bases[base];
  if (url === undefined) {
    throw new GpuError('not_configured', `${options.title} has no ${base} base URL.`);
  }
  return url;
};

/** The body as JSON text; null if none is given. @throws GpuError `invalid_input` for a value that JSON cannot hold */
function encodeBody(body: unknown): string | null {
  if (body === undefined) return null;
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new GpuError('invalid_input', 'The input cannot be written as JSON.', { cause });
  }
}

/** One request to an endpoint, ready for the layers. @throws GpuError if it cannot be sent */
export function toCall(
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
    trace: { status: null, attempts: 0 },
  };
}

const MAX_PATH_PARTS = 6;

/** The place where a reply differs from its schema, such as `pods[0].id (invalid_type)`. Never a value. */
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

/** A reply's body, parsed by its endpoint's schema. @throws GpuError `unexpected_response`, or `outcome_unknown` for a write */
export function parseReply<T>(
  endpoint: Endpoint<T>,
  body: unknown,
  call: Call,
  { title, redact }: Pick<ReplyContext, 'title' | 'redact'>,
): T {
  const parsed = endpoint.response.safeParse(body);
  if (parsed.success) return parsed.data;
  const place = mismatch(parsed.error.issues, redact);
  const what = typeof body === 'string' ? 'is not JSON' : `has an unexpected shape at ${place}`;
  if (!call.repeatable) return fail(outcomeUnknown(call.cloud, `${title}'s reply ${what}`, parsed.error));
  return fail(
    new GpuError('unexpected_response', `${title}'s reply to ${call.method} ${call.route} ${what}.`, {
      hint: hintFor('unexpected_response'),
      cloud: call.cloud,
    }),
  );
}

const fail = (error: GpuError): never => {
  throw error;
};
