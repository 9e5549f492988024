import * as z from 'zod';
import type { ToolContext } from '../../core/context.ts';
import { GpuError } from '../../core/errors.ts';
import type { Extra } from '../../core/outcome.ts';
import { counted } from '../../core/text.ts';
import { countField, textField } from '../fields.ts';
import { defineTool } from '../tool.ts';
import {
  billedBy,
  fitTogether,
  imageField,
  inferenceOf,
  metered,
  modelField,
  nameOfModel,
  planUse,
  TOO_LARGE,
} from './models.ts';
import { keepPaid, MAX_INLINE, placeOf } from './paid.ts';

const side = countField(1, 8192).optional();

/** An image that was paid for: kept, and in the answer too if hosts can take it. */
async function keep(ctx: ToolContext, image: { base64: string; mime_type: string }, at: number) {
  const { base64, mime_type: type } = image;
  const { file, extras } = await keepPaid(
    ctx,
    {
      name: ['image', String(at + 1)],
      extension: type.split('/')[1] ?? 'bin',
      type,
      content: Buffer.from(base64, 'base64'),
    },
    false,
  );
  const inline = base64.length <= MAX_INLINE || file === null;
  const shown: Extra[] = inline ? [{ type: 'image', data: base64, mimeType: type }] : [];
  return { file, extras: [...shown, ...extras] };
}

function checkMask({ image, mask }: { image?: string | undefined; mask?: string | undefined }): void {
  if (mask === undefined || image !== undefined) return;
  throw new GpuError('invalid_input', 'image: needed, because mask says what to repaint in it.', {
    hint: 'Pass image too, or leave mask out.',
  });
}

/** Generates images with a hosted model. */
export const generateImage = defineTool({
  name: 'generate_image',
  title: 'Generate an image',
  description:
    'Make an image with a hosted model. Kept in files or resources; small ones are shown too. Billed by use: a person allows it for a day.',
  toolset: 'inference',
  effect: 'use',
  also_called: ['create_image', 'make_image', 'image_generation', 'text_to_image'],
  takes_images: true,
  needs: 'inference',
  input: z
    .strictObject({
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
      image: imageField.optional().describe('Base64, to start from'),
      mask: imageField.optional().describe('Base64, what to repaint in image'),
    })
    .refine(({ image, mask }) => fitTogether([image, mask]), { path: ['image'], message: TOO_LARGE }),
  output: z.object({
    status: z.literal('done'),
    model: z.string(),
    count: z.number(),
    mime_types: z.array(z.string()),
    seconds: z.number().nullable(),
    files: z.array(z.string()),
  }),
  metered: (given, ctx) => {
    checkMask(given);
    return billedBy(ctx, given.model);
  },
  plan: ({ model }, ctx) =>
    planUse(ctx, { tool: 'generate_image', what: 'Generate an image once with', model }),
  async run(given, ctx, planned) {
    checkMask(given);
    const { at, inference } = inferenceOf(ctx);
    const model = await nameOfModel(ctx, given.model, planned);
    const { images, seconds } = await metered(
      ctx,
      at,
      `generate_image with ${model}`,
      () => inference.image(ctx.io, { ...given, model }),
      (result) => `, ${counted(result.images.length, 'image')}`,
    );
    const kept = await Promise.all(images.map((image, at) => keep(ctx, image, at)));
    const files = kept.flatMap(({ file }) => file ?? []);
    const mime_types = images.map(({ mime_type }) => mime_type);
    return {
      done: { status: 'done' as const, model, count: images.length, mime_types, seconds, files },
      extras: kept.flatMap(({ extras }) => extras),
    };
  },
  text: ({ model, count, mime_types, seconds, files }) =>
    [
      `${counted(count, 'image')} (${mime_types.join(', ')}) by ${model}${seconds === null ? '' : ` in ${seconds} s`}.`,
      ...files.map((file) => `Kept in ${placeOf(file)}`),
      ...(files.length < count ? ['Not every image could be kept on the server.'] : []),
    ].join('\n'),
});
