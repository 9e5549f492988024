import type { Io } from '../../src/core/cloud.ts';
import { GpuError } from '../../src/core/errors.ts';
import type { StackOptions } from '../../src/outbound/send.ts';
import { createStack } from '../../src/outbound/stack.ts';
import { afterEvery } from '../after.ts';
import { fakeDeps, httpServer, permit, rejection, stackOptions } from './fixtures.ts';

const opened: (() => Promise<void>)[] = [];

afterEvery(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** Closes a thing after the test; what was opened last is closed first. */
export function keep<T extends { close: () => Promise<void> }>(thing: T): T {
  opened.push(thing.close);
  return thing;
}

/** A stack for a server, with a clock that only sleeping moves. Closed after the test. */
export const stackFor = (base: string, over: Partial<StackOptions> = {}) => {
  const clock = fakeDeps();
  const options = stackOptions(base, { ...clock.deps, version: '1.2.3' }, over);
  return { ...clock, stack: keep(createStack(options)) };
};

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}

/** A server that answers from a script, the last entry for ever. Closed after the test. */
export const answering = async (...script: Answer[]) =>
  keep(
    await httpServer((_seen, response, count) => {
      const { status = 200, headers = {}, body = '' } = script[Math.min(count, script.length) - 1] ?? {};
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    }),
  );

export const io = (over: Partial<Io> = {}): Io => ({ signal: new AbortController().signal, ...over });
export const writing = (over: Partial<Io> = {}): Io => io({ permit: permit(), ...over });

/** The GpuError that a promise rejects with; anything else fails the test. */
export const failing = async (promise: Promise<unknown>): Promise<GpuError> => {
  const error = await rejection(promise);
  if (!(error instanceof GpuError)) throw error;
  return error;
};
