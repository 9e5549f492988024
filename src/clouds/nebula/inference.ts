import type { InferenceOps, Usage } from '../../core/cloud.ts';
import type { Model } from '../../core/model.ts';
import type { ImageRequest, TextRequest } from '../../core/requests.ts';
import { clean } from '../../core/text.ts';
import type { Request } from '../../outbound/send.ts';
import { collect } from './completion.ts';
import { serverless } from './endpoints.ts';
import { fail } from './errors.ts';
import type { ModelRow } from './wire-account.ts';

const MAGIC: [string, RegExp][] = [
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/webp', /^RIFF[\s\S]{4}WEBP/],
];
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const MAX_IMAGE_CHARS = 14_000_000;

/** The type of a base64 image by its first bytes; null for anything but PNG, JPEG and WebP. */
export function sniff(base64: string): string | null {
  const head = Buffer.from(base64.slice(0, 24), 'base64').toString('latin1');
  return MAGIC.find(([, magic]) => magic.test(head))?.[0] ?? null;
}

/** Base64 image data without a `data:` prefix or line breaks; null if it is no image of a known type, or over 10 MiB. */
export function imageData(text: string): { base64: string; mime_type: string } | null {
  if (text.length > MAX_IMAGE_CHARS + 100) return null;
  const base64 = text.replace(/^data:[a-z]+\/[a-z0-9.+-]+;base64,/i, '').replace(/\s+/g, '');
  if (base64.length > MAX_IMAGE_CHARS || !BASE64.test(base64)) return null;
  const mime_type = sniff(base64);
  return mime_type === null ? null : { base64, mime_type };
}

/**
 * An image that goes to the inference API as base64 without a `data:` prefix.
 * @throws GpuError `invalid_input` if it is not one.
 */
export function imageInput(text: string, field: string): string {
  const image = imageData(text);
  if (image !== null) return image.base64;
  throw fail('invalid_input', `${field}: not a PNG, JPEG or WebP image in base64 of at most 10 MiB.`);
}

const MAX_IMAGES_MADE = 8;
const NO_USAGE: Usage = { prompt_tokens: null, completion_tokens: null, total_tokens: null };

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

/** The fields that were given; what is undefined is not sent. */
const given = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** Messages as they are sent; images join the last message of the user as content parts, before its text. */
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

const textBody = (wanted: TextRequest): Record<string, unknown> =>
  given({
    messages: messagesOf(wanted),
    model: wanted.model,
    max_tokens: wanted.max_tokens,
    temperature: wanted.temperature,
    top_p: wanted.top_p,
    stream: true,
    stream_options: { include_usage: true },
  });

const imageBody = (wanted: ImageRequest): Record<string, unknown> =>
  given({
    model: wanted.model,
    prompt: wanted.prompt,
    num_steps: wanted.steps,
    guidance_scale: wanted.guidance_scale,
    width: wanted.width,
    height: wanted.height,
    negative_prompt: wanted.negative_prompt,
    seed: wanted.seed,
    image: wanted.image === undefined ? undefined : imageInput(wanted.image, 'image'),
    mask: wanted.mask === undefined ? undefined : imageInput(wanted.mask, 'mask'),
  });

/**
 * Hosted models (Nebula Block API Reference, Inference API). Text and embeddings are on the inference base, models
 * and images on the platform's. Every generation is charged, so none is ever sent twice.
 */
export function inferenceOps(request: Request): InferenceOps {
  return {
    models: async (io) => (await request(serverless.models, io)).map(toModel),
    text: async (io, wanted, onText) => {
      const collector = collect(wanted.model, onText);
      const body = textBody(wanted);
      return collector.finish(await request(serverless.text, io, { body, onEvent: collector.take }));
    },
    image: async (io, wanted) => {
      const { data } = await request(serverless.image, io, { body: imageBody(wanted) });
      if (data.length > MAX_IMAGES_MADE) throw fail('unexpected_response', 'Nebula sent too many images.');
      const images = data.map(({ b64_json }) => imageData(b64_json));
      const known = images.filter((image) => image !== null);
      if (known.length === 0 || known.length < images.length) {
        throw fail('unexpected_response', 'Nebula sent something that is not a PNG, JPEG or WebP image.');
      }
      return { images: known, seconds: data[0]?.timings?.inference ?? null };
    },
    embed: async (io, { model, input }) => {
      const reply = await request(serverless.embed, io, { body: { model, input } });
      const at = (wanted: number) =>
        reply.data.find(({ index }, place) => (index ?? place) === wanted)?.embedding ?? [];
      const vectors = input.map((_, index) => at(index));
      const complete = reply.data.length === input.length && vectors.every((vector) => vector.length > 0);
      if (!complete) {
        throw fail('unexpected_response', 'Nebula sent another number of vectors than there are inputs.');
      }
      return { model: reply.model ?? model, vectors, usage: reply.usage ?? NO_USAGE };
    },
  };
}
