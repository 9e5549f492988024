import * as z from 'zod';
import { type Model, modelSchema } from '../core/model.ts';
import { pageFields, textField } from './fields.ts';
import { listTool } from './list.ts';

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
    'List models hosted on Nebula for generate_text, generate_image and embed_text. The unit of price is undocumented.',
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
  empty: 'No model fits. Drop a filter.',
});
