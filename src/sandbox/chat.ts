import * as z from 'zod';
import { CHARS_PER_TOKEN } from './constants.ts';

const part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: z.string().min(1), detail: z.enum(['auto', 'low', 'high']).optional() }),
  }),
]);

/** Body of POST /chat/completions; `max_tokens` may be null (Nebula Block API Reference, Generate Text). */
export const chatBody = z.strictObject({
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
export function tokensIn(text: string): number {
  return Math.max(1, Math.ceil(text.length / CHARS_PER_TOKEN));
}

function plain(content: ChatBody['messages'][number]['content']): string {
  if (typeof content === 'string') return content;
  return content.map((piece) => (piece.type === 'text' ? piece.text : '[image]')).join(' ');
}

/** The sandbox's answer to a chat: it says what it was asked. `whole` and `chunks` render the same answer. */
export function completion(body: ChatBody, id: string, created: number, maxTokens: number) {
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
