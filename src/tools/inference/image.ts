import * as z from 'zod';
import type { ToolContext } from '../../core/context.ts';
import { GpuError } from '../../core/errors.ts';
import type { Extra } from '../../core/outcome.ts';
import { imageData, NO_IMAGE } from '../../core/requests.ts';
import { counted } from '../../core/text.ts';
import { countField, textField } from '../fields.ts';
import { keepPaid, MAX_INLINE, placeOf } from '../kept.ts';
import { modelField, useTool } from './use.ts';

/**
 * Max. length of all images of one call together, in base64 characters: 6 MB of image data. Such a call fits into the
 * longest line that a server reads over stdio, 10 MiB.
 */
const MAX_IMAGE_CHARS = 8_000_000;

/** The rule in words, for the fields that hold images. */
export const TOO_LARGE = `all images of one call must be 6 MB at most together (${MAX_IMAGE_CHARS} base64 characters): scale them down first`;

/** Text that is an image, or holds one. */
export const imageText = z
  .string()
  .refine((text) => text !== '', { error: 'must not be empty', abort: true })
  .refine((text) => text.length <= MAX_IMAGE_CHARS, { error: TOO_LARGE, abort: true });

/** An image in base64. */
const imageField = imageText.refine((text) => imageData(text) !== null, NO_IMAGE);

/** True if these images keep that bound. */
export const fitTogether = (images: readonly (string | undefined)[]): boolean =>
  images.reduce((sum, image) => sum + (image?.length ?? 0), 0) <= MAX_IMAGE_CHARS;

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
export const generateImage = useTool({
  name: 'generate_image',
  title: 'Generate an image',
  description:
    'Make an image with a hosted model. Kept in files or resources; small ones are shown too. Billed by use: a person allows it for a day.',
  also_called: ['create_image', 'make_image', 'image_generation', 'text_to_image'],
  takes_images: true,
  what: 'Generate an image once with',
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
    note: z.string().optional(),
  }),
  check: checkMask,
  use: (inference, given, model, { io }) => inference.image(io, { ...given, model }),
  detail: ({ images }) => `, ${counted(images.length, 'image')}`,
  async made(ctx, { images, seconds, note }, model) {
    const kept = await Promise.all(images.map((image, at) => keep(ctx, image, at)));
    const files = kept.flatMap(({ file }) => file ?? []);
    const mime_types = images.map(({ mime_type }) => mime_type);
    return {
      done: {
        status: 'done' as const,
        model,
        count: images.length,
        mime_types,
        seconds,
        files,
        ...(note !== undefined && { note }),
      },
      extras: kept.flatMap(({ extras }) => extras),
    };
  },
  text: ({ model, count, mime_types, seconds, files, note }) =>
    [
      `${counted(count, 'image')} (${mime_types.join(', ')}) by ${model}${seconds === null ? '' : ` in ${seconds} s`}.`,
      ...files.map((file) => `Kept in ${placeOf(file)}`),
      ...(files.length < count ? ['Not every image could be kept on the server.'] : []),
      ...(note === undefined ? [] : [note]),
    ].join('\n'),
});
