import * as z from 'zod';
import type { Cloud, InferenceOps } from '../../core/cloud.ts';
import { chooseCloud, type ToolContext } from '../../core/context.ts';
import { GpuError } from '../../core/errors.ts';
import { requireFeature } from '../../core/features.ts';
import { type Model, modelSchema } from '../../core/model.ts';
import type { Planned } from '../../core/plan.ts';
import { quote } from '../../core/text.ts';
import { pageFields, searchField } from '../fields.ts';
import { listTool } from '../list.ts';

/** The cloud that serves models, with its operations. @throws GpuError `unsupported` */
export function inferenceOf(ctx: ToolContext): { at: Cloud; inference: InferenceOps } {
  const at = chooseCloud(ctx, undefined, 'inference');
  return { at, inference: requireFeature(at, 'inference') };
}

/** The next step if a model is not known. */
export const MODELS_HINT = 'See list_models for the models there are.';
/** Max models that are named as near to one that does not exist. */
const MAX_NEAR = 5;

/** The models that a text names: by their name, else by name or alias in any letter case. */
export function modelsNamed(rows: readonly Model[], text: string): Model[] {
  const exact = rows.find(({ name }) => name === text);
  if (exact !== undefined) return [exact];
  const word = text.trim().toLowerCase();
  return rows.filter(({ name, alias }) => name.toLowerCase() === word || alias?.toLowerCase() === word);
}

/** The one model that a text names. @throws GpuError `not_found` with those that hold its words, or `invalid_input` if several have the alias */
export function modelNamed(rows: readonly Model[], text: string, at: Cloud): Model {
  const [found, ...others] = modelsNamed(rows, text);
  if (found === undefined) {
    const near = rows.filter((row) => isFound(row, text)).slice(0, MAX_NEAR);
    const isNear =
      near.length > 0 ? `Near to it: ${near.map(({ name }) => quote(name, 200)).join(', ')}. ` : '';
    throw new GpuError('not_found', `model: ${at.title} lists no model ${quote(text)}.`, {
      hint: `${isNear}${MODELS_HINT}`,
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
  return words.length > 0 && words.every((word) => contains(text, word));
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
