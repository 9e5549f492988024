import * as z from 'zod';
import type { Api } from './requests.ts';
import type { World } from './world.ts';

/** Why a cloud refuses a request; each cloud renders it in its own envelope. */
export class Refusal extends Error {
  readonly status: number;
  /** Volt's `code` field; the other clouds do not show it. */
  readonly code: string;
  /** Raw Retry-After value of a 429. */
  readonly retryAfter: string | null;
  /** Validation problems one by one, for the envelope that lists them. */
  readonly issues: readonly { field: string; message: string }[];

  constructor(
    status: number,
    code: string,
    message: string,
    more: { retryAfter?: string; issues?: { field: string; message: string }[] } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = more.retryAfter ?? null;
    this.issues = more.issues ?? [];
  }
}

/** Text of a cloud, with the canary behind it if one is planted. */
export const planted = ({ canary }: World, text: string): string =>
  canary === null ? text : `${text} ${canary}`;

/** A request that breaks the documented form: 400 on every cloud. */
export function invalid(message: string, issues: { field: string; message: string }[] = []): Refusal {
  return new Refusal(400, 'VALIDATION_ERROR', message, { issues });
}

/** What an endpoint answers. `stream` is a list of server-sent event data. */
export type Reply =
  | { status: number; json: unknown }
  | { status: number; bytes: Uint8Array; type: string; filename: string }
  | { status: number; stream: string[] };

/** A request after routing and authentication, before its body and query are checked. */
export interface RawCall {
  world: World;
  params: Record<string, string>;
  search: URLSearchParams;
  contentType: string | null;
  body: string;
  /** Sandbox seconds before a created thing is listed. */
  appearAfter: number;
}

/** What a handler gets: checked body and query. */
export interface Call<B, Q> extends Omit<RawCall, 'body' | 'search' | 'contentType'> {
  body: B;
  query: Q;
}

/** One documented endpoint, ready to be mounted. */
export interface Endpoint {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  /** Needs no credentials. */
  open: boolean;
  handle(call: RawCall): Reply | Promise<Reply>;
}

interface Declaration<B extends z.ZodType, Q extends z.ZodType> {
  method: Endpoint['method'];
  path: string;
  open?: boolean;
  /** Absent: a request body is refused. */
  body?: B;
  /** The body is form-urlencoded rather than JSON. */
  form?: boolean;
  /** Absent: any query parameter is refused. */
  query?: Q;
  run(call: Call<z.output<B>, z.output<Q>>): Reply | Promise<Reply>;
}

/** Declares an endpoint: what it accepts and what it does. Everything it does not name is refused with 400. */
export function endpoint<B extends z.ZodType = z.ZodType<null>, Q extends z.ZodType = z.ZodType<object>>(
  declared: Declaration<B, Q>,
): Endpoint {
  return {
    method: declared.method,
    path: declared.path,
    open: declared.open ?? false,
    handle({ body, search, contentType, ...call }) {
      const query = check(
        declared.query ?? z.strictObject({}),
        single(search, 'query parameter'),
        'query parameter',
      );
      const parsed = declared.body
        ? check(declared.body, read(body, contentType, declared.form), 'field')
        : none(body);
      // The defaults of B and Q are the types of "no body" and "no query", which the compiler cannot see here.
      return declared.run({ ...call, body: parsed as z.output<B>, query: query as z.output<Q> });
    },
  };
}

function none(body: string): null {
  if (body !== '') throw invalid('This endpoint takes no request body.');
  return null;
}

function read(body: string, contentType: string | null, form = false): unknown {
  const expected = form ? 'application/x-www-form-urlencoded' : 'application/json';
  if (body === '') throw invalid('A request body is required.');
  if (contentType?.split(';')[0]?.trim().toLowerCase() !== expected)
    throw invalid(`Content-Type must be ${expected}.`);
  if (form) return single(new URLSearchParams(body), 'field');
  try {
    return JSON.parse(body);
  } catch {
    throw invalid('The request body is not valid JSON.');
  }
}

function single(values: URLSearchParams, noun: string): Record<string, string> {
  const keys = [...values.keys()];
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
  if (repeated !== undefined) throw invalid(`Repeated ${noun} "${repeated}".`);
  return Object.fromEntries(values);
}

function check<S extends z.ZodType>(schema: S, value: unknown, noun: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw refusalOf(result.error, noun);
}

/** Turns validation problems into one 400 that names every field. */
export function refusalOf(error: z.ZodError, noun: string): Refusal {
  const issues = error.issues.flatMap((issue) => {
    const field = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ field: key, message: `Unknown ${noun} "${key}".` }));
    if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
      return [{ field, message: `Missing required ${noun} "${field}".` }];
    return [{ field, message: `Invalid ${noun} "${field || 'body'}": ${issue.message}.` }];
  });
  return invalid(issues.map((issue) => issue.message).join(' '), issues);
}

/** A JSON answer. */
export function json(status: number, body: unknown): Reply {
  return { status, json: body };
}

/** One simulated API: its endpoints, credentials and envelopes. */
export interface ApiDeclaration {
  api: Api;
  endpoints: readonly Endpoint[];
  /** Throws Refusal if the credentials are not good. */
  authenticate(headers: Record<string, string | undefined>, world: World): void;
  /** The cloud's error envelope for a refusal. */
  envelope(refusal: Refusal, world: World): { status: number; body: unknown };
  /** Changes a success reply if a drift switch asks for it. */
  reshape?(endpoint: Endpoint, reply: Reply, world: World): Reply;
}
