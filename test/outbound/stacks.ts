import type { Io } from '../../src/core/cloud.ts';
import { GpuError } from '../../src/core/errors.ts';
import type { StackOptions } from '../../src/outbound/send.ts';
import { createStack } from '../../src/outbound/stack.ts';
import { fakeDeps, httpServer, permit, rejection, stackOptions } from './fixtures.ts';

/** Things that a test opened, closed in reverse order by `closeAll`. */
export function keeper() {
  const cleanups: (() => Promise<void>)[] = [];
  const keep = <T extends { close: () => Promise<void> }>(thing: T): T => {
    cleanups.push(thing.close);
    return thing;
  };
  const closeAll = async () => {
    for (const close of cleanups.splice(0).reverse()) await close();
  };
  return { keep, closeAll };
}

/** A stack for a server, with a clock that only sleeping moves. */
export const stackFor = (base: string, over: Partial<StackOptions> = {}) => {
  const clock = fakeDeps();
  return { ...clock, stack: createStack(stackOptions(base, { ...clock.deps, version: '1.2.3' }, over)) };
};

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}

/** A server that answers from a script, the last entry for ever. */
export const answering = (...script: Answer[]) =>
  httpServer((_seen, response, count) => {
    const { status = 200, headers = {}, body = '' } = script[Math.min(count, script.length) - 1] ?? {};
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  });

export const io = (over: Partial<Io> = {}): Io => ({ signal: new AbortController().signal, ...over });
export const writing = (over: Partial<Io> = {}): Io => io({ permit: permit(), ...over });

/** The GpuError that a promise rejects with; anything else fails the test. */
export const failing = async (promise: Promise<unknown>): Promise<GpuError> => {
  const error = await rejection(promise);
  if (!(error instanceof GpuError)) throw error;
  return error;
};
