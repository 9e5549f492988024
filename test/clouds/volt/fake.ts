import { explain, isOwnError } from '../../../src/clouds/volt/errors.ts';
import { voltOver } from '../../../src/clouds/volt/index.ts';
import type { Io } from '../../../src/core/cloud.ts';
import { GpuError } from '../../../src/core/errors.ts';
import { issuePermit } from '../../../src/core/permit.ts';
import { readReply } from '../../../src/outbound/replies.ts';
import type { Endpoint, Given, Request, RestDeps } from '../../../src/outbound/send.ts';
import { createLocalBudget } from '../../outbound/fixtures.ts';

export const KEY = 'volt_test_key_x7f2';
export const NOW = Date.parse('2026-04-01T12:00:00Z');

/** What accompanies a call in tests; with a live permit by default. */
export const io = (extra: Partial<Io> = {}): Io => ({
  signal: new AbortController().signal,
  permit: issuePermit('test').permit,
  ...extra,
});

export interface Sent {
  route: string;
  given: Given;
  io: Io;
}

/** A canned reply: a body with 200, or a status with its body. */
export type Canned = { status: number; body: unknown };
export const answer = (status: number, body: unknown): Canned => ({ status, body });
const isCanned = (reply: unknown): reply is Canned =>
  typeof reply === 'object' && reply !== null && 'status' in reply && 'body' in reply;

/**
 * Volt over a stack that sends nothing: replies by `METHOD /path`, read through Volt's own reading and the endpoint's schema
 * as the real stack reads them.
 */
export function fakeVolt(replies: Record<string, unknown>) {
  const sent: Sent[] = [];
  const logged: Parameters<RestDeps['log']>[0][] = [];
  const request: Request = async <T>(endpoint: Endpoint<T>, withIo: Io, given: Given = {}): Promise<T> => {
    const route = `${endpoint.method} ${endpoint.path}`;
    sent.push({ route, given, io: withIo });
    if (!Object.hasOwn(replies, route)) throw new Error(`no reply for ${route}`);
    const found = replies[route];
    const reply = isCanned(found) ? found : { status: 200, body: found };
    const context = { cloud: 'volt', title: 'Volt', explain, isOwnError, redact: String, now: () => NOW };
    const call = { route: endpoint.path, repeatable: endpoint.repeatable };
    const refusal = readReply(context, call, { status: reply.status, headers: {}, body: reply.body });
    if (refusal !== null) throw refusal;
    const parsed = endpoint.response.safeParse(reply.body);
    if (!parsed.success) throw new GpuError('unexpected_response', parsed.error.message);
    return parsed.data;
  };
  const stack = { request, budget: () => null, now: () => NOW, close: async () => {} };
  const log: RestDeps['log'] = (event) => void logged.push(event);
  return { volt: voltOver(stack, KEY, { now: () => NOW, log }), sent, logged };
}

export const deps: RestDeps = {
  log: () => {},
  now: () => NOW,
  monotonic: () => NOW,
  sleep: async () => {},
  random: () => 0,
  budgetFor: () => createLocalBudget(() => NOW),
};

/** The GpuError that a promise rejects with. */
export async function failure(work: Promise<unknown>): Promise<GpuError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof GpuError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The GpuError that a function throws. */
export const thrown = (run: () => unknown): Promise<GpuError> => failure(Promise.resolve().then(run));
