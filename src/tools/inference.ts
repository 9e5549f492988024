import * as z from 'zod';
import { errorLines } from '../core/gather.ts';
import { type Model, modelSchema } from '../core/model.ts';
import { shown, table } from '../core/table.ts';
import { listPage, textField } from './account-fields.ts';
import { listOutput, pageFields } from './fields.ts';
import { hasInference } from './metered.ts';
import { defineTool } from './tool.ts';

const has = (text: string | null, part: string): boolean =>
  (text ?? '').toLowerCase().includes(part.toLowerCase());

const byTypeAndName = (a: Model, b: Model): number =>
  (a.type ?? '').localeCompare(b.type ?? '') || a.name.localeCompare(b.name);

const found = (model: Model, search: string): boolean =>
  has(model.name, search) || has(model.alias, search) || has(model.description, search);

/** Hosted models. */
export const listModels = defineTool({
  name: 'list_models',
  title: 'List hosted models',
  description:
    'List models hosted on Nebula for generate_text, generate_image and embed_text. The unit of price is undocumented.',
  toolset: 'inference',
  effect: 'read',
  needs: hasInference,
  input: z.strictObject({
    type: textField(60, 0).optional().describe('Part of the type, e.g. "text", "image"'),
    max_price: z.number().min(0).optional(),
    search: textField(100, 0).optional(),
    ...pageFields,
  }),
  output: listOutput('models', modelSchema),
  endpoints: ['GET nebula /serverless/models'],
  async run(input, ctx) {
    const { type, max_price, search } = input;
    const fits = (model: Model): boolean =>
      (type === undefined || has(model.type, type)) &&
      (max_price === undefined || (model.price !== null && model.price <= max_price)) &&
      (search === undefined || found(model, search));
    const { rows, rest } = await listPage(
      ctx,
      input,
      hasInference,
      async (cloud) => (await cloud.inference?.models(ctx.io))?.filter(fits) ?? [],
      byTypeAndName,
    );
    return { done: { models: rows, ...rest } };
  },
  text: ({ models, total, next_cursor, errors }) =>
    total === 0
      ? `No model fits. Drop a filter.${errorLines(errors)}`
      : [
          table(
            ['model', 'type', 'context', 'most tokens out', 'price (unit undocumented)'],
            models.map((model) => [
              model.name,
              model.type,
              model.context_length,
              model.max_completion_tokens,
              model.price,
            ]),
          ),
          shown(models.length, total, 'model', next_cursor),
        ].join('\n') + errorLines(errors),
});
