import * as z from 'zod';
import type { Cloud, InferenceOps } from '../../core/cloud.ts';
import { chooseCloud, type ToolContext } from '../../core/context.ts';
import { asGpuError, GpuError } from '../../core/errors.ts';
import { requireFeature } from '../../core/features.ts';
import { type Model, modelSchema } from '../../core/model.ts';
import { mayHaveRun } from '../../core/outcome.ts';
import type { Metered, PlanDraft, Planned } from '../../core/plan.ts';
import { imageData, NO_IMAGE } from '../../core/requests.ts';
import { clean, counted, quote } from '../../core/text.ts';
import { pageFields, textField } from '../fields.ts';
import { listTool } from '../list.ts';
import { searchField } from '../search-fields.ts';

/** The cloud that serves models, with its operations. @throws GpuError `unsupported` */
export function inferenceOf(ctx: ToolContext): { at: Cloud; inference: InferenceOps } {
  const at = chooseCloud(ctx, undefined, 'inference');
  return { at, inference: requireFeature(at, 'inference') };
}

/** The name of a model as list_models shows it. */
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

const MODELS_HINT = 'See list_models for the models there are.';

/** Who bills a use of the model that a text names. No cloud documents what one costs, so its price is unknown. */
export function billedBy(ctx: ToolContext, text: string): Metered {
  const { at, inference } = inferenceOf(ctx);
  const [known, another] = modelsNamed(inference.listed(), text);
  return { cloud: at.id, model: another === undefined ? (known?.name ?? text) : text, usd: null };
}

/** The models that a text names: by their name, else by name or alias in any letter case. */
function modelsNamed(rows: readonly Model[], text: string): Model[] {
  const exact = rows.find(({ name }) => name === text);
  if (exact !== undefined) return [exact];
  const word = text.trim().toLowerCase();
  return rows.filter(({ name, alias }) => name.toLowerCase() === word || alias?.toLowerCase() === word);
}

/** The one model that a text names. @throws GpuError `not_found`, or `invalid_input` if several have the alias */
function modelNamed(rows: readonly Model[], text: string, at: Cloud): Model {
  const [found, ...others] = modelsNamed(rows, text);
  if (found === undefined) {
    throw new GpuError('not_found', `model: ${at.title} lists no model ${quote(text)}.`, {
      hint: MODELS_HINT,
      cloud: at.id,
    });
  }
  if (others.length === 0) return found;
  const names = [found, ...others].map(({ name }) => quote(name, 200));
  throw new GpuError('invalid_input', `model: ${names.length} models are called ${quote(text)}.`, {
    hint: `Pass the name of the one that is meant: ${names.join(', ')}.`,
    cloud: at.id,
  });
}

/**
 * The model's name as its cloud takes it: that of the plan, or without one (an allowance covers the call) from the last
 * list. A text that was not listed is looked for in a new list; if that cannot be read, it is sent as it is.
 * @throws GpuError as `modelNamed`
 */
export async function nameOfModel(ctx: ToolContext, text: string, planned: Planned | null): Promise<string> {
  const agreed = planned?.facts.model;
  if (typeof agreed === 'string') return agreed;
  const { at, inference } = inferenceOf(ctx);
  const listed = inference.listed();
  const [known, another] = modelsNamed(listed, text);
  if (known !== undefined && another === undefined) return known.name;
  const rows = await inference.models(ctx.io).catch(() => (another === undefined ? null : listed));
  return rows === null ? text : modelNamed(rows, text, at).name;
}

/**
 * The plan of one use of a model. `what` it does, in a few words; `tool`: the name of the tool.
 * @throws GpuError `not_found` for a model that the cloud does not list, `invalid_input` for an alias of several
 */
export async function planUse(
  ctx: ToolContext,
  { tool, what, model: given }: { tool: string; what: string; model: string },
): Promise<PlanDraft<null>> {
  const { at, inference } = inferenceOf(ctx);
  const found = modelNamed(await inference.models(ctx.io), given, at);
  const model = found.name;
  const basis =
    found.price === null
      ? `${at.title} lists no price of this model`
      : `${at.title} lists the price ${found.price} and documents no unit of it`;
  const worst = `Each call is billed, and ${at.title} does not document at which price.`;
  return {
    plan: {
      ref: null,
      summary: `${tool} with ${quote(model, 200)} on ${at.title}.`,
      effects: ['Sends what the call holds to the hosted model, once.'],
      consequences: [worst],
      challenge: 'allow 1 call',
      cost: {
        usd_per_hour: 0,
        usd_upfront: null,
        usd_upfront_max: null,
        basis,
        quoted_at: ctx.now().toISOString(),
      },
    },
    head: { what: `${what} ${clean(model.split('/').at(-1) ?? model, 60)}`, name: null, until: null, worst },
    cloud: at.id,
    facts: { model, listed_price: found.price },
    adds: { usd_per_hour: 0, usd_upfront: null, pods: 0 },
    data: null,
  };
}

/**
 * Runs one use that is billed by the call and books it; its price is unknown, because no document names the unit of model
 * prices. A call that broke off is booked as possibly charged.
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
      cloud: at.id,
      kind: 'metered',
      usd: null,
      what: text,
    });
  const result = await use().catch(async (error: unknown) => {
    const { code, message, cloud } = asGpuError(error);
    if (mayHaveRun(code)) await book(`${what}: ended with ${code}, may have been charged`);
    if (code !== 'not_found') throw error;
    throw new GpuError(code, `model: ${message}`, {
      hint: MODELS_HINT,
      ...(cloud !== null && { cloud }),
      cause: error,
    });
  });
  await book(`${what}${detail(result)}`);
  return result;
}

const contains = (text: string | null, part: string): boolean =>
  (text ?? '').toLowerCase().includes(part.toLowerCase());

/** An unknown price is last. */
const cheapestFirst = (a: Model, b: Model): number =>
  (a.price ?? Number.MAX_VALUE) - (b.price ?? Number.MAX_VALUE) || a.name.localeCompare(b.name);

/** What people call types of models. Our choice. */
const TYPES: Readonly<Record<string, string>> = {
  llm: 'text',
  chat: 'text',
  language: 'text',
  completion: 'text',
  vlm: 'vision',
  multimodal: 'vision',
  'text-to-image': 'image',
  picture: 'image',
};

/** The word itself, which may be the cloud's own, and what people mean by it. */
function typesMeant(text: string): string[] {
  const word = text
    .trim()
    .toLowerCase()
    .replace(/(?<=.)s$/, '');
  return [word, ...(Object.hasOwn(TYPES, word) ? [TYPES[word] ?? word] : [])];
}

/** A vision model answers text with text, too. */
const isOfType = ({ type }: Model, text: string): boolean =>
  typesMeant(text).some(
    (wanted) => contains(type, wanted) || (contains('text', wanted) && contains(type, 'vision')),
  );

/** True if each word is part of the model's name, alias or description, in any order. */
function isFound({ name, alias, description }: Model, search: string): boolean {
  const text = [name, alias, description].join(' ');
  // A dot inside a word is part of a version, one at its end is none.
  const words = search.split(/[^\p{L}\p{N}.]+|\.(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])\./u).filter(Boolean);
  return words.every((word) => contains(text, word));
}

/** Hosted models. */
export const listModels = listTool({
  name: 'list_models',
  title: 'List hosted models',
  description:
    'List hosted models for generate_text, generate_image, embed_text, cheapest first. Price unit unknown.',
  toolset: 'inference',
  needs: 'inference',
  plural: 'models',
  noun: 'model',
  row: modelSchema,
  input: z.strictObject({
    type: searchField(60).optional().describe('Part of the type, e.g. "text", "image"'),
    max_price: z.number().min(0).optional(),
    search: searchField(100).optional(),
    ...pageFields,
  }),
  read: (cloud, io) => cloud.inference?.models(io),
  fits:
    ({ type, max_price, search }) =>
    (model) =>
      (type === undefined || isOfType(model, type)) &&
      (max_price === undefined || (model.price !== null && model.price <= max_price)) &&
      (search === undefined || isFound(model, search)),
  order: cheapestFirst,
  columns: {
    model: ({ name }) => name,
    type: ({ type }) => type,
    context: ({ context_length }) => context_length,
    'max tokens out': ({ max_completion_tokens }) => max_completion_tokens,
    'price (unit undocumented)': ({ price }) => price,
  },
  wide: { alias: ({ alias }) => alias, about: ({ description }) => description },
  fields: {
    narrow: ['name', 'type', 'context_length', 'max_completion_tokens', 'price', 'price_unit'],
    wide: ['alias', 'description'],
  },
  offered: { type: ({ type }) => type, max_price: ({ price }) => price, search: ({ name }) => name },
  empty: 'No models here.',
});

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
export const imageField = imageText.refine((text) => imageData(text) !== null, NO_IMAGE);

/** True if these images keep that bound. */
export const fitTogether = (images: readonly (string | undefined)[]): boolean =>
  images.reduce((sum, image) => sum + (image?.length ?? 0), 0) <= MAX_IMAGE_CHARS;
