import type { InferenceOps, TextResult, Usage } from '../../core/cloud.ts';
import { messageOf } from '../../core/errors.ts';
import type { Model } from '../../core/model.ts';
import { type ImageRequest, imageData, type TextRequest } from '../../core/requests.ts';
import { clean, isObject, jsonIn } from '../../core/text.ts';
import type { Request } from '../../outbound/send.ts';
import { serverless } from './endpoints.ts';
import { fail } from './errors.ts';
import { INFERENCE } from './notes.ts';
import { words } from './parse.ts';
import { type Completion, completion, type ModelRow } from './wire.ts';

const MAX_TEXT_CHARS = 1_000_000;
const NO_USAGE: Usage = { prompt_tokens: null, completion_tokens: null, total_tokens: null };

/** The finish reason of a text that this server cut at a million characters. */
export const CUT = 'cut_by_client';
/** The finish reason of a text that broke off. */
export const BROKEN_OFF = 'broken_off';

/** The message of an error that came as a chunk; null if the chunk is no error. */
function errorIn(chunk: unknown): string | null {
  if (!isObject(chunk) || chunk.error === undefined || chunk.error === null) return null;
  const message = isObject(chunk.error) ? chunk.error.message : chunk.error;
  return words(message) ?? INFERENCE.no_reason;
}

/** Collects a streamed completion; see `collect`. */
interface Collector {
  /** Takes one `data:` payload. @throws GpuError, which ends the stream. */
  take: (data: string) => void;
  /** The whole text. `rest` is the reply's body if it was not declared as a stream: a completion, or events. */
  finish: (rest: unknown) => TextResult;
  /** The text so far, which was paid for, after this error; null if there is none. */
  partAfter: (error: unknown) => TextResult | null;
}

/**
 * Puts the chunks of a streamed completion together (Nebula Block API Reference, Inference API > Generate Text).
 * A stream is whole when `[DONE]` or a finish reason came. `take` and `finish` throw GpuError: `upstream_error` for an error
 * that the cloud sent or a stream that broke off, `unexpected_response` for what is no completion.
 */
function collect(model: string, onText: (piece: string) => void): Collector {
  let text = '';
  let answeredBy: string | null = null;
  let finishReason: string | null = null;
  let usage: Usage = NO_USAGE;
  let ended = false;

  const add = (piece: string) => {
    const room = MAX_TEXT_CHARS - text.length;
    if (piece.length > room) finishReason = CUT;
    const kept = piece.slice(0, Math.max(room, 0));
    if (kept === '') return;
    text += kept;
    onText(kept);
  };

  const absorb = (chunk: Completion) => {
    answeredBy ??= chunk.model;
    if (chunk.usage) usage = chunk.usage;
    const choice = chunk.choices?.find(({ index }) => index === 0 || index === null);
    if (choice === undefined) return;
    const piece = choice.delta?.content ?? choice.message?.content;
    if (piece) add(piece);
    if (choice.finish_reason !== null && finishReason !== CUT) finishReason = choice.finish_reason;
  };

  const takeValue = (value: unknown) => {
    const error = errorIn(value);
    if (error !== null) throw fail('upstream_error', INFERENCE.broken_off(error));
    const chunk = completion.safeParse(value);
    if (!chunk.success) throw fail('unexpected_response', INFERENCE.unreadable);
    absorb(chunk.data);
  };

  const take = (data: string) => {
    if (ended) return;
    if (data.trim() === '[DONE]') ended = true;
    else takeValue(jsonIn(data));
  };

  const takeUnstreamed = (rest: unknown) => {
    if (rest === null || rest === undefined) return;
    const lines =
      typeof rest === 'string' ? rest.split(/\r?\n/).filter((line) => line.startsWith('data:')) : [];
    if (lines.length === 0)
      return takeValue(isObject(rest) && Array.isArray(rest.choices) ? rest : undefined);
    for (const line of lines) take(line.slice('data:'.length));
  };

  return {
    take,
    finish: (rest) => {
      if (!ended && text === '' && finishReason === null) takeUnstreamed(rest);
      if (!ended && finishReason === null) {
        throw fail('upstream_error', INFERENCE.cut_off(text.length), {
          hint: INFERENCE.cut_off_next,
        });
      }
      return { model: answeredBy ?? model, text, finish_reason: finishReason, usage };
    },
    partAfter: (error) =>
      text === ''
        ? null
        : {
            model: answeredBy ?? model,
            text,
            finish_reason: BROKEN_OFF,
            usage,
            note: INFERENCE.incomplete(messageOf(error)),
          },
  };
}

/** An image, which the tool has checked, as the inference API takes it: base64 without a `data:` prefix. */
const bare = (image: string | undefined): string | undefined =>
  image === undefined ? undefined : (imageData(image)?.base64 ?? image);

/** So old may a list of models be that shows which one an alias means, milliseconds. Our choice. */
const MAX_LISTED_MS = 60 * 60 * 1000;

const toModel = (row: ModelRow): Model => ({
  cloud: 'nebula',
  name: clean(row.model_name),
  alias: row.model_alias,
  type: row.model_type,
  context_length: row.context_length,
  max_completion_tokens: row.max_completion_tokens,
  description: row.description,
  price: row.price,
  price_unit: 'undocumented',
  huggingface_url: row.huggingface_url,
});

/** The messages of the body; images are content parts of the user's last message, before its text. */
function messagesOf({ messages, image_urls }: TextRequest): unknown[] {
  if (image_urls.length === 0) return messages;
  const last = messages.findLastIndex(({ role }) => role === 'user');
  const pictures = image_urls.map((url) => ({ type: 'image_url', image_url: { url } }));
  return messages.map((message, index) =>
    index === last
      ? { role: message.role, content: [...pictures, { type: 'text', text: message.content }] }
      : message,
  );
}

// What is undefined is not sent.
const textBody = (wanted: TextRequest): Record<string, unknown> => ({
  messages: messagesOf(wanted),
  model: wanted.model,
  max_tokens: wanted.max_tokens,
  temperature: wanted.temperature,
  top_p: wanted.top_p,
  stream: true,
  stream_options: { include_usage: true },
});

const imageBody = (wanted: ImageRequest): Record<string, unknown> => ({
  model: wanted.model,
  prompt: wanted.prompt,
  num_steps: wanted.steps,
  guidance_scale: wanted.guidance_scale,
  width: wanted.width,
  height: wanted.height,
  negative_prompt: wanted.negative_prompt,
  seed: wanted.seed,
  image: bare(wanted.image),
  mask: bare(wanted.mask),
});

/**
 * Hosted models (Nebula Block API Reference, Inference API). Text and embeddings are on the inference base, models
 * and images on the platform's. Every generation is charged, so none is ever sent twice.
 */
export function inferenceOps(request: Request, monotonic: () => number): InferenceOps {
  let listed: { models: Model[]; at: number } = { models: [], at: Number.NEGATIVE_INFINITY };
  return {
    models: async (io) => {
      const models = (await request(serverless.models, io)).map(toModel);
      listed = { models, at: monotonic() };
      return models;
    },
    listed: () => (monotonic() - listed.at <= MAX_LISTED_MS ? listed.models : []),
    text: async (io, wanted, onText) => {
      const collector = collect(wanted.model, onText);
      const body = textBody(wanted);
      try {
        return collector.finish(await request(serverless.text, io, { body, onEvent: collector.take }));
      } catch (error) {
        const part = collector.partAfter(error);
        if (part === null) throw error;
        return part;
      }
    },
    image: async (io, wanted) => {
      const { data } = await request(serverless.image, io, { body: imageBody(wanted) });
      const images = data.flatMap(({ b64_json }) => imageData(b64_json) ?? []);
      if (images.length === 0) throw fail('unexpected_response', INFERENCE.no_image);
      const missing = data.length - images.length;
      return {
        images,
        seconds: data[0]?.timings?.inference ?? null,
        ...(missing > 0 && { note: INFERENCE.images_missing(missing) }),
      };
    },
    embed: async (io, { model, input }) => {
      const reply = await request(serverless.embed, io, { body: { model, input } });
      const at = (wanted: number) =>
        reply.data.find(({ index }, place) => (index ?? place) === wanted)?.embedding ?? [];
      const vectors = input.map((_, index) => at(index));
      const complete = reply.data.length === input.length && vectors.every((vector) => vector.length > 0);
      if (!complete) {
        throw fail('unexpected_response', INFERENCE.other_count);
      }
      return { model: reply.model ?? model, vectors, usage: reply.usage ?? NO_USAGE };
    },
  };
}
