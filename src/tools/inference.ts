import * as z from 'zod';
import type { Cloud, InferenceOps } from '../core/cloud.ts';
import { chooseCloud, type ToolContext } from '../core/context.ts';
import { asGpuError, type ErrorCode, GpuError } from '../core/errors.ts';
import { type Model, modelSchema } from '../core/model.ts';
import { offered } from '../core/offers.ts';
import { counted } from '../core/text.ts';
import { pageFields, textField } from './fields.ts';
import { listTool } from './list.ts';

/** The cloud that serves models, with its operations. @throws GpuError `unsupported` */
export function inferenceOf(ctx: ToolContext): { at: Cloud; inference: InferenceOps } {
  const at = chooseCloud(ctx, undefined, 'inference');
  return { at, inference: offered(at, 'inference') };
}

/** The name of a model as list_models has it. */
export const modelField = textField(200);

/** Tokens of one use; null = not counted by the cloud. */
export const usageSchema = z.object({
  prompt_tokens: z.number().nullable(),
  completion_tokens: z.number().nullable(),
  total_tokens: z.number().nullable(),
});

/** Tokens in words; nothing if the cloud did not count. */
export function tokens({
  total_tokens,
  prompt_tokens,
  completion_tokens,
}: z.infer<typeof usageSchema>): string {
  const parts = [
    ...(prompt_tokens === null ? [] : [`${prompt_tokens} in`]),
    ...(completion_tokens === null ? [] : [`${completion_tokens} out`]),
  ].join(', ');
  if (total_tokens === null) return parts === '' ? '' : `, tokens: ${parts}`;
  return `, ${counted(total_tokens, 'token')}${parts === '' ? '' : ` (${parts})`}`;
}

// Error codes after which the cloud may have done (and charged for) the work without returning it.
const MAY_HAVE_RUN: ReadonlySet<ErrorCode> = new Set([
  'outcome_unknown',
  'upstream_error',
  'unexpected_response',
  'timeout',
  'cancelled',
]);

/**
 * Runs one use that is billed by the call and books it; the price is unknown, because the unit of model prices is
 * not documented. A call that broke off is booked too, as possibly charged.
 */
export async function metered<T>(
  ctx: ToolContext,
  at: Cloud,
  what: string,
  use: () => Promise<T>,
  detail: (result: T) => string,
): Promise<T> {
  const book = (text: string) =>
    ctx.spending.book.add({
      at: ctx.now().toISOString(),
      cloud: at.id,
      kind: 'metered',
      usd: null,
      what: text,
    });
  const result = await use().catch((error: unknown) => {
    const { code, message, cloud } = asGpuError(error);
    if (MAY_HAVE_RUN.has(code)) book(`${what}: ended with ${code}, may have been charged`);
    if (code !== 'not_found') throw error;
    throw new GpuError(code, `model: ${message}`, {
      hint: 'See list_models for the models there are.',
      ...(cloud !== null && { cloud }),
      cause: error,
    });
  });
  book(`${what}${detail(result)}`);
  return result;
}

const has = (text: string | null, part: string): boolean =>
  (text ?? '').toLowerCase().includes(part.toLowerCase());

const byTypeAndName = (a: Model, b: Model): number =>
  (a.type ?? '').localeCompare(b.type ?? '') || a.name.localeCompare(b.name);

const found = (model: Model, search: string): boolean =>
  has(model.name, search) || has(model.alias, search) || has(model.description, search);

/** Hosted models. */
export const listModels = listTool({
  name: 'list_models',
  title: 'List hosted models',
  description:
    'List models on Nebula for generate_text, generate_image, embed_text, by type and name. Price unit unknown.',
  toolset: 'inference',
  needs: 'inference',
  plural: 'models',
  noun: 'model',
  row: modelSchema,
  input: z.strictObject({
    type: textField(60, 0).optional().describe('Part of the type, e.g. "text", "image"'),
    max_price: z.number().min(0).optional(),
    search: textField(100, 0).optional(),
    ...pageFields,
  }),
  endpoints: ['GET nebula /serverless/models'],
  read: (cloud, io) => cloud.inference?.models(io),
  fits:
    ({ type, max_price, search }) =>
    (model) =>
      (type === undefined || has(model.type, type)) &&
      (max_price === undefined || (model.price !== null && model.price <= max_price)) &&
      (search === undefined || found(model, search)),
  order: byTypeAndName,
  columns: {
    model: ({ name }) => name,
    type: ({ type }) => type,
    context: ({ context_length }) => context_length,
    'most tokens out': ({ max_completion_tokens }) => max_completion_tokens,
    'price (unit undocumented)': ({ price }) => price,
  },
  wide: { alias: ({ alias }) => alias, about: ({ description }) => description },
  fields: {
    narrow: ['name', 'type', 'context_length', 'max_completion_tokens', 'price', 'price_unit'],
    wide: ['alias', 'description'],
  },
  empty: 'No model fits. Drop a filter.',
});
/**
 * The longest that all images of one call may be together, in base64 characters: 6 MB of image data. A call that holds
 * them fits into the longest line that a server reads over stdio, 10 MiB.
 */
export const MAX_IMAGE_CHARS = 8_000_000;

/** The rule in words, for the fields that hold images. */
export const TOO_LARGE = `all images of one call must be 6 MB at most together (${MAX_IMAGE_CHARS} base64 characters)`;

/** Whether these images keep that bound. */
export const fitTogether = (images: readonly (string | undefined)[]): boolean =>
  images.reduce((sum, image) => sum + (image?.length ?? 0), 0) <= MAX_IMAGE_CHARS;
