import { createHash } from 'node:crypto';
import * as z from 'zod';
import { CHARS_PER_TOKEN, EMBEDDING_DIMENSIONS, TOKENS_PER_PRICE_UNIT } from '../constants.ts';
import { type ApiDeclaration, type Endpoint, endpoint, json, planted, Refusal } from '../endpoint.ts';
import type { World } from '../world.ts';
import { authenticateInference } from './account.ts';
import type { NebulaModel } from './state.ts';

const part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: z.string().min(1), detail: z.enum(['auto', 'low', 'high']).optional() }),
  }),
]);

/** Body of POST /chat/completions; `max_tokens` may be null (Nebula Block API Reference, Generate Text). */
const chatBody = z.strictObject({
  model: z.string().min(1),
  messages: z
    .array(
      z.strictObject({
        role: z.enum(['system', 'user', 'assistant']),
        content: z.union([z.string(), z.array(part).min(1)]),
      }),
    )
    .min(1),
  max_tokens: z.int().min(1).nullable().optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  stream: z.boolean().default(false),
  stream_options: z.strictObject({ include_usage: z.boolean() }).optional(),
});

type ChatBody = z.output<typeof chatBody>;

/** A rough token count; at least one. */
function tokensIn(text: string): number {
  return Math.max(1, Math.ceil(text.length / CHARS_PER_TOKEN));
}

function plain(content: ChatBody['messages'][number]['content']): string {
  if (typeof content === 'string') return content;
  return content.map((piece) => (piece.type === 'text' ? piece.text : '[image]')).join(' ');
}

/** The sandbox's answer to a chat: it says what it was asked. `whole` and `chunks` render the same answer. */
function completion(body: ChatBody, id: string, created: number, maxTokens: number) {
  const asked = body.messages.findLast((message) => message.role === 'user');
  const full = `Sandbox answer of ${body.model} to: ${asked ? plain(asked.content) : ''}`;
  const room = Math.min(body.max_tokens ?? maxTokens, maxTokens) * CHARS_PER_TOKEN;
  const content = full.slice(0, room);
  const finish_reason = content.length < full.length ? 'length' : 'stop';
  const prompt_tokens = body.messages.reduce((sum, message) => sum + tokensIn(plain(message.content)), 0);
  const completion_tokens = tokensIn(content);
  const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
  const head = { id, created, model: body.model };
  const chunk = (delta: Record<string, string>, reason: string | null = null) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: reason }],
  });
  return {
    usage,
    whole: () => ({
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason }],
      usage,
    }),
    chunks(): string[] {
      const words = content.match(/\s*\S+|\s+$/g) ?? [];
      const last = { ...head, object: 'chat.completion.chunk', choices: [], usage };
      const all = [
        chunk({ role: 'assistant', content: '' }),
        ...words.map((word) => chunk({ content: word })),
        chunk({}, finish_reason),
        ...(body.stream_options?.include_usage ? [last] : []),
      ];
      return [...all.map((value) => JSON.stringify(value)), '[DONE]'];
    },
  };
}

function modelOf(world: World, name: string, types: readonly NebulaModel['model_type'][]): NebulaModel {
  const model = world.nebula.models.find((row) => row.model_name === name && types.includes(row.model_type));
  if (model === undefined) throw new Refusal(404, 'model_not_found', `The model "${name}" does not exist`);
  if (world.ledger.balance('nebula') <= 0)
    throw new Refusal(402, 'insufficient_quota', 'Insufficient credits');
  return model;
}

function charge(world: World, model: NebulaModel, tokens: number): void {
  const usd = (model.price * tokens) / TOKENS_PER_PRICE_UNIT;
  const line = {
    cloud: 'nebula',
    kind: 'debit',
    usd,
    target: model.model_name,
    note: `${tokens} tokens`,
  } as const;
  world.ledger.post(line, world.clock.now());
}

/** A unit vector that depends on the text only. */
function vector(text: string): number[] {
  const raw = Array.from({ length: EMBEDDING_DIMENSIONS / 32 }, (_, block) => [
    ...createHash('sha256').update(`${block} ${text}`).digest(),
  ]).flat();
  const centred = raw.map((byte) => byte - 127.5);
  const norm = Math.hypot(...centred);
  return centred.map((part) => part / norm);
}

const endpoints: Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/chat/completions',
    body: chatBody,
    run({ world, body }) {
      const hasPicture = body.messages.some(
        ({ content }) => Array.isArray(content) && content.some((part) => part.type === 'image_url'),
      );
      const model = modelOf(world, body.model, hasPicture ? ['vision'] : ['text', 'vision']);
      const id = `chatcmpl-${world.random.text(24)}`;
      const answer = completion(body, id, Math.floor(world.clock.now() / 1000), model.max_completion_tokens);
      charge(world, model, answer.usage.total_tokens);
      return body.stream ? { status: 200, stream: answer.chunks() } : json(200, answer.whole());
    },
  }),
  endpoint({
    method: 'POST',
    path: '/embeddings',
    body: z.strictObject({ model: z.string().min(1), input: z.array(z.string().min(1)).min(1) }),
    run({ world, body }) {
      const model = modelOf(world, body.model, ['embedding']);
      const tokens = body.input.reduce((sum, text) => sum + tokensIn(text), 0);
      charge(world, model, tokens);
      const data = body.input.map((text, index) => ({ object: 'embedding', index, embedding: vector(text) }));
      const usage = { prompt_tokens: tokens, total_tokens: tokens };
      return json(200, { object: 'list', data, model: body.model, usage });
    },
  }),
];

/** The OpenAI-shaped half of Nebula (Nebula Block API Reference, Inference API). Errors are OpenAI's error object; the documents show none. */
export const inference: ApiDeclaration = {
  api: 'inference',
  endpoints,
  authenticate: authenticateInference,
  envelope(refusal, world) {
    const message = planted(world, refusal.message);
    const type = refusal.status === 401 ? 'authentication_error' : 'invalid_request_error';
    const param = refusal.issues[0]?.field ?? null;
    return {
      status: refusal.status,
      body: { error: { message, type, param, code: refusal.code.toLowerCase() } },
    };
  },
};
