import * as z from 'zod';
import { num } from '../fields.ts';
import { text } from './wire.ts';

const usage = z
  .object({ prompt_tokens: num, completion_tokens: num, total_tokens: num })
  .nullish()
  .catch(null);

const words = z.object({ content: z.string().nullish().catch(null) }).nullish();

/** A completion, whole (`message`) or one piece of a stream (`delta`). */
export const completion = z.object({
  model: text,
  choices: z.array(z.object({ index: num, delta: words, message: words, finish_reason: text })).nullish(),
  usage,
});
/** A completion or a chunk of one. */
export type Completion = z.infer<typeof completion>;

/** POST /embeddings: one vector an input, each with its index. */
export const embeddings = z.object({
  model: text,
  data: z.array(z.object({ embedding: z.array(z.number()), index: num })),
  usage,
});

/** POST /images/generation: `data` is the list of images, beside `message` and `status`. */
export const generatedImages = z.object({
  data: z.array(
    z.object({
      b64_json: z.string().min(1),
      timings: z.object({ inference: num }).nullish().catch(null),
    }),
  ),
});
