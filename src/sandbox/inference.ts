import { createHash } from 'node:crypto';
import * as z from 'zod';
import { authenticateInference } from './auth.ts';
import { chatBody, completion, tokensIn } from './chat.ts';
import { EMBEDDING_DIMENSIONS, TOKENS_PER_PRICE_UNIT } from './constants.ts';
import { type Endpoint, endpoint, json } from './endpoint.ts';
import type { ApiDeclaration } from './mount.ts';
import type { NebulaModel } from './nebula/state.ts';
import { Refusal } from './refusal.ts';
import type { World } from './world.ts';

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
    const message = world.canary === null ? refusal.message : `${refusal.message} ${world.canary}`;
    const type = refusal.status === 401 ? 'authentication_error' : 'invalid_request_error';
    const param = refusal.issues[0]?.field ?? null;
    return {
      status: refusal.status,
      body: { error: { message, type, param, code: refusal.code.toLowerCase() } },
    };
  },
};
