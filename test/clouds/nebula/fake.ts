import { explain, isOwnError } from '../../../src/clouds/nebula/errors.ts';
import { nebulaOver } from '../../../src/clouds/nebula/index.ts';
import type { Cloud, Io } from '../../../src/core/cloud.ts';
import { GpuError } from '../../../src/core/errors.ts';
import { encodeQuery, fillPath } from '../../../src/outbound/call.ts';
import { readReply } from '../../../src/outbound/replies.ts';
import type { Endpoint, Given } from '../../../src/outbound/send.ts';

/** One request as it would go over the wire, in one line: `POST /ssh-keys {"key_name":"a"}`. */
export interface Sent {
  line: string;
  base: 'api' | 'inference';
  repeatable: boolean;
  reads: 'json' | 'bytes' | 'events';
  timeoutMs: number | undefined;
  fresh: boolean;
}

/** What the fake answers: a body with HTTP 200, another status, a stream, or a failure of the network. */
export type Answer = { status?: number; body?: unknown; events?: string[]; fail?: Error };

export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

export const io = (more: Partial<Io> = {}): Io => ({ signal: new AbortController().signal, ...more });

/** Nebula over a stack that answers by `METHOD /path`; a list of answers is used up one by one, its last for good. */
export function fakeNebula(
  answers: Record<string, Answer | Answer[]>,
  clock = { now: NOW },
): {
  cloud: Cloud;
  sent: Sent[];
  lines: () => string[];
} {
  const sent: Sent[] = [];
  const next = (key: string): Answer => {
    const answer = answers[key];
    if (Array.isArray(answer)) return (answer.length > 1 ? answer.shift() : answer[0]) ?? { status: 404 };
    return answer ?? { status: 404, body: { detail: 'Not Found' } };
  };
  const request = async <T>(endpoint: Endpoint<T>, context: Io, given: Given = {}): Promise<T> => {
    const path = fillPath(endpoint.path, given.params);
    const body = given.body === undefined ? '' : ` ${JSON.stringify(given.body)}`;
    sent.push({
      line: `${endpoint.method} ${path}${encodeQuery(given.query)}${body}`,
      base: endpoint.base ?? 'api',
      repeatable: endpoint.repeatable,
      reads: endpoint.reads ?? 'json',
      timeoutMs: endpoint.timeoutMs,
      fresh: context.fresh === true,
    });
    const answer = next(`${endpoint.method} ${path}`);
    if (answer.fail) throw answer.fail;
    const reply = { status: answer.status ?? 200, headers: {}, body: answer.events ? null : answer.body };
    const reading = { cloud: 'nebula', title: 'Nebula', explain, isOwnError, redact: String, now: () => NOW };
    const call = { route: endpoint.path, repeatable: endpoint.repeatable };
    const refused = readReply(reading, call, reply);
    if (refused !== null) throw refused;
    for (const data of answer.events ?? []) given.onEvent?.(data);
    const parsed = endpoint.response.safeParse(reply.body);
    if (!parsed.success) throw new GpuError('unexpected_response', 'unexpected shape', { cloud: 'nebula' });
    return parsed.data;
  };
  const stack = { request, budget: () => null, now: () => NOW, close: async () => {} };
  const cloud = nebulaOver(stack, { now: () => clock.now, monotonic: () => clock.now, log: () => {} });
  return { cloud, sent, lines: () => sent.map(({ line }) => line) };
}

export const ok = (data: unknown, more: Record<string, unknown> = {}): Answer => ({
  body: { data, message: 'done', status: 'success', ...more },
});

/** The GpuError that a promise rejects with. */
export async function refusal(promise: Promise<unknown>): Promise<GpuError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof GpuError) return error;
  throw new Error(`expected a GpuError, got ${String(error)}`);
}
