import type { Message } from '../../engine/rpc.ts';
import { type Envelope, readEnvelope } from './envelope.ts';
import { CODE, type Fault } from './wire.ts';

/** The one method whose answer is a stream. */
export const LISTEN = 'subscriptions/listen';

/** The methods of this revision that are served. */
const METHOD_NAMES = [
  'server/discover',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'completion/complete',
  LISTEN,
] as const;
export type MethodName = (typeof METHOD_NAMES)[number];

/** A request that is well-formed, or why it is refused, with the HTTP status of the refusal. */
export type Judged = { method: MethodName; envelope: Envelope } | { refused: Fault; status: 400 | 404 | 200 };

/**
 * Judges a request before it begins, in one order on every transport: the envelope with its version, the method, the
 * parameters. `paramsFault`: what is wrong with the parameters.
 */
export function judge(message: Message, paramsFault: Fault | null): Judged {
  const read = readEnvelope(message);
  if ('fault' in read) return { refused: read.fault, status: 400 };
  const method = METHOD_NAMES.find((name) => name === message.method);
  if (method === undefined) {
    const why = `There is no method ${String(message.method).slice(0, 60)} in this protocol revision.`;
    return { refused: { code: CODE.method, message: why }, status: 404 };
  }
  return paramsFault === null ? { method, ...read } : { refused: paramsFault, status: 200 };
}
