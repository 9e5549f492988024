import * as z from 'zod';
import { counted } from '../../core/text.ts';
import { listField, textField } from '../fields.ts';
import { defineTool } from '../tool.ts';
import {
  billedBy,
  inferenceOf,
  metered,
  modelField,
  nameOfModel,
  planUse,
  tokens,
  usageSchema,
} from './models.ts';
import { keepPaid, placeOf, unkept } from './paid.ts';

/** A conversation has no use for thousands of numbers: of so many vectors so many numbers are shown, and a file holds them all. */
const SHOWN_NUMBERS = 3;
const SHOWN_VECTORS = 3;

/** Turns texts into vectors with a hosted model. */
export const embedText = defineTool({
  name: 'embed_text',
  title: 'Embed texts',
  description:
    'Turn 1 to 64 texts into vectors with a hosted embedding model. Billed by use: a person allows it for a day. Vectors are kept in a file or resource.',
  toolset: 'inference',
  effect: 'use',
  also_called: ['embed', 'embedding', 'create_embedding'],
  needs: 'inference',
  input: z.strictObject({
    model: modelField,
    input: listField(textField(100_000), 64, 1),
  }),
  output: z.object({
    status: z.literal('done'),
    model: z.string(),
    count: z.number(),
    dimensions: z.number(),
    vectors: z.array(z.array(z.number())),
    usage: usageSchema,
    truncated: z.boolean(),
    file: z.string().nullable(),
    note: z.string().nullable(),
  }),
  metered: ({ model }, ctx) => billedBy(ctx, model),
  plan: ({ model }, ctx) => planUse(ctx, { tool: 'embed_text', what: 'Embed texts once with', model }),
  async run(given, ctx, planned) {
    const { at, inference } = inferenceOf(ctx);
    const name = await nameOfModel(ctx, given.model, planned);
    const result = await metered(
      ctx,
      at,
      `embed_text with ${name}`,
      () => inference.embed(ctx.io, { ...given, model: name }),
      ({ usage }) => tokens(usage),
    );
    const kept = await keepPaid(ctx, {
      name: ['embeddings'],
      extension: 'json',
      type: 'application/json',
      content: JSON.stringify(result.vectors),
    });
    const { model, vectors, usage } = result;
    return {
      done: {
        status: 'done' as const,
        model,
        count: vectors.length,
        dimensions: vectors[0]?.length ?? 0,
        vectors: vectors.slice(0, SHOWN_VECTORS).map((vector) => vector.slice(0, SHOWN_NUMBERS)),
        usage,
        truncated: vectors.length > SHOWN_VECTORS || vectors.some(({ length }) => length > SHOWN_NUMBERS),
        file: kept.file,
        note: kept.file === null ? `The whole of them ${unkept(kept)}.` : null,
      },
      extras: kept.extras,
    };
  },
  text: ({ model, count, dimensions, vectors, usage, file, note }) =>
    [
      `${counted(count, 'vector')} of ${dimensions} numbers by ${model}${tokens(usage)}.`,
      ...(file === null ? [] : [`All numbers, a JSON array of arrays, are in ${placeOf(file)}`]),
      ...(note === null ? [] : [note]),
      ...vectors.map((vector, at) => `Vector ${at + 1} begins: ${vector.join(', ')}`),
    ].join('\n'),
});
