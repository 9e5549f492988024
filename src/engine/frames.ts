import * as z from 'zod';
import { isObject, jsonIn } from '../core/text.ts';
import { type ErrorReply, errorReply, idOf, type Message, RPC } from './rpc.ts';

/**
 * One JSON value from the wire as it is handled: a message, an error to send back, or a notification to drop.
 * `given`: the request whose parameters are wrong.
 */
export type Frame = { message: Message } | { reply: ErrorReply; given?: Message } | { dropped: Message };

const text = z.string({ error: 'must be a string' });
const list = z.looseObject({ cursor: text.optional() });
const uri = z.looseObject({ uri: text });
const object = z.record(z.string(), z.unknown(), { error: 'must be an object' });

/** Arguments as some hosts send them: JSON of an object in a string; null and a blank text mean that there are none. */
function argumentsIn(given: unknown): unknown {
  if (typeof given !== 'string') return given ?? undefined;
  if (given.trim() === '') return undefined;
  const read = jsonIn(given);
  return isObject(read) ? read : given;
}

/** Arguments of prompts and completions are strings; models also send numbers, booleans, and null for what they leave out. */
const stringArguments = z.preprocess((given) => {
  const read = argumentsIn(given);
  return isObject(read)
    ? Object.fromEntries(
        Object.entries(read).flatMap(([name, value]) =>
          value === null
            ? []
            : [[name, typeof value === 'number' || typeof value === 'boolean' ? String(value) : value]],
        ),
      )
    : read;
}, z.record(z.string(), text, { error: 'must be an object' }).optional());

/** What may be left out; null means nothing, too. */
const mayLack = <T extends z.ZodType>(schema: T) =>
  z.preprocess((given) => given ?? undefined, schema.optional());

/** What a client hands back with a request that it repeats. */
const RETURNED = { inputResponses: mayLack(object), requestState: mayLack(text) };

const flag = mayLack(z.boolean({ error: 'must be true or false' }));

/** `arguments` of a call. */
const args = z.preprocess(argumentsIn, object.optional());

/**
 * The parameters that each request must have, by method (Model Context Protocol 2025-11-25 and 2026-07-28, Schema
 * Reference). Checked here, because the SDK answers wrong ones with -32603 or not at all. Other methods are not checked.
 */
const PARAMS: Readonly<Record<string, z.ZodType<Message>>> = {
  initialize: z.looseObject({
    protocolVersion: text,
    capabilities: object,
    clientInfo: z.looseObject({ name: text, version: text }, { error: 'must be an object' }),
  }),
  'tools/list': list,
  'resources/list': list,
  'resources/templates/list': list,
  'prompts/list': list,
  'tools/call': z.looseObject({ name: text, arguments: args, ...RETURNED }),
  'resources/read': uri,
  'resources/subscribe': uri,
  'resources/unsubscribe': uri,
  'prompts/get': z.looseObject({ name: text, arguments: stringArguments, ...RETURNED }),
  'subscriptions/listen': z.looseObject({
    notifications: z.looseObject(
      {
        toolsListChanged: flag,
        promptsListChanged: flag,
        resourcesListChanged: flag,
        resourceSubscriptions: mayLack(z.array(text, { error: 'must be a list of URIs' })),
      },
      { error: 'must be an object' },
    ),
  }),
  'completion/complete': z.looseObject({
    ref: z.union(
      [
        z.looseObject({ type: z.literal('ref/prompt'), name: text }),
        z.looseObject({ type: z.literal('ref/resource'), uri: text }),
      ],
      { error: 'must be a ref/prompt with a name or a ref/resource with a uri' },
    ),
    argument: z.looseObject(
      { name: text, value: z.preprocess((given) => given ?? '', text) },
      { error: 'must be an object' },
    ),
    context: mayLack(z.looseObject({ arguments: stringArguments })),
  }),
};

const META = z.looseObject({
  progressToken: z.union([z.string(), z.int()], { error: 'must be a string or a whole number' }).optional(),
});
const ENVELOPE = z.looseObject({ _meta: mayLack(META) });

const isId = (id: unknown): boolean => typeof id === 'string' || Number.isInteger(id);

/** The parameters without those that are undefined. */
function withoutEmpty(params: Message): Message {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
}

/** The parameters of a request as they are handled, or what is wrong with them. */
function checkParams(method: string, given: unknown): { params: Message | undefined } | { fault: string } {
  if (given !== undefined && given !== null && !isObject(given)) return { fault: 'params must be an object' };
  const needed = Object.hasOwn(PARAMS, method) ? PARAMS[method] : undefined;
  for (const schema of [ENVELOPE, ...(needed === undefined ? [] : [needed])]) {
    const read = schema.safeParse(given ?? {});
    if (read.success) {
      given = withoutEmpty(read.data);
      continue;
    }
    const faults = read.error.issues.map(({ path, message }) => `${path.join('.') || 'params'} ${message}`);
    return { fault: [...new Set(faults)].join('; ') };
  }
  return { params: isObject(given) && Object.keys(given).length > 0 ? given : undefined };
}

function checkCall(given: Message, method: string): Frame {
  const checked = checkParams(method, given.params);
  if (given.id === undefined) {
    if ('fault' in checked) return { dropped: given };
  } else if (!isId(given.id)) {
    return {
      reply: errorReply(null, RPC.request, 'The id of a request must be a string or a whole number.'),
    };
  }
  if ('fault' in checked) {
    return { reply: errorReply(idOf(given), RPC.params, `${method}: ${checked.fault}.`), given };
  }
  const { params } = checked;
  const id = given.id === undefined ? {} : { id: given.id };
  return { message: { jsonrpc: '2.0', ...id, method, ...(params !== undefined && { params }) } };
}

/**
 * Checks one JSON value from a client, on any transport, so that every request gets an answer: batches were removed from
 * the protocol with revision 2025-06-18, `params: null` is the same as none, and the error for wrong parameters names
 * them. Notifications of the wrong shape are dropped: they have no answer.
 */
export function parseFrame(given: unknown): Frame {
  if (Array.isArray(given)) {
    const why = 'Batches are not served: send one JSON-RPC message at a time.';
    return { reply: errorReply(null, RPC.request, why) };
  }
  if (!isObject(given) || given.jsonrpc !== '2.0') {
    const id = isObject(given) ? idOf(given) : null;
    return { reply: errorReply(id, RPC.request, 'This is not a JSON-RPC 2.0 message.') };
  }
  if (typeof given.method === 'string') return checkCall(given, given.method);
  if (given.method === undefined && isId(given.id) && ('result' in given || 'error' in given)) {
    return { message: given };
  }
  return { reply: errorReply(idOf(given), RPC.request, 'A request needs a method.') };
}
