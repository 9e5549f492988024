import * as z from 'zod';
import { GpuError } from '../core/errors.ts';
import type { Extra } from '../core/outcome.ts';
import { counted } from '../core/words.ts';
import { countField, textField } from './fields.ts';
import { inferenceOf, metered, modelField } from './metered.ts';
import { defineTool } from './tool.ts';

const MAX_IMAGE = 14_000_000;
const side = countField(1, 8192).optional();

/** Generates images with a hosted model. */
export const generateImage = defineTool({
  name: 'generate_image',
  title: 'Generate an image',
  description:
    'Make an image with a model hosted on Nebula; the images come as image content. Billed by use (cents).',
  toolset: 'inference',
  effect: 'use',
  needs: 'inference',
  input: z.strictObject({
    model: modelField,
    prompt: textField(20_000),
    negative_prompt: textField(20_000, 0).optional(),
    steps: countField(1, 500).optional(),
    guidance_scale: z
      .number()
      .refine((scale) => scale >= 0 && scale <= 100, 'must be from 0 to 100')
      .optional(),
    width: side,
    height: side,
    seed: z.number().int().optional(),
    image: textField(MAX_IMAGE).optional().describe('Base64, to start from'),
    mask: textField(MAX_IMAGE).optional().describe('Base64, what to repaint in image'),
  }),
  output: z.object({
    model: z.string(),
    count: z.number(),
    mime_types: z.array(z.string()),
    seconds: z.number().nullable(),
  }),
  endpoints: ['POST nebula /images/generation'],
  plan: 'unconfirmed',
  async run(given, ctx) {
    if (given.mask !== undefined && given.image === undefined) {
      throw new GpuError('invalid_input', 'image: needed, because mask says what to repaint in it.', {
        hint: 'Pass image too, or leave mask out.',
      });
    }
    const { at, inference } = inferenceOf(ctx);
    const { images, seconds } = await metered(
      ctx,
      at,
      `generate_image with ${given.model}`,
      () => inference.image(ctx.io, given),
      (result) => `, ${result.images.length} image(s)`,
    );
    const extras = images.map(
      ({ base64, mime_type }): Extra => ({ type: 'image', data: base64, mimeType: mime_type }),
    );
    const mime_types = images.map(({ mime_type }) => mime_type);
    return { done: { model: given.model, count: images.length, mime_types, seconds }, extras };
  },
  text: ({ model, count, mime_types, seconds }) =>
    `${counted(count, 'image')} (${mime_types.join(', ')}) by ${model}${seconds === null ? '' : ` in ${seconds} s`}.`,
});
