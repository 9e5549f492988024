import * as z from 'zod';
import type { ToolContext } from '../core/context.ts';
import type { Extra } from '../core/outcome.ts';
import { counted } from '../core/text.ts';
import { listField, textField } from './fields.ts';
import { inferenceOf, metered, modelField, tokens, usageSchema } from './inference.ts';
import { fileUri, privateName } from './private-names.ts';
import { defineTool } from './tool.ts';

/** A conversation has no use for thousands of numbers: of each vector so many are shown, and a file holds them all. */
export const SHOWN_NUMBERS = 8;
/** A caller of a shared server cannot open its files, and gets up to so many numbers whole. */
const MAX_WHOLE = 4096;

interface Kept {
  file: string | null;
  note: string | null;
  extras: Extra[];
}

// The vectors are paid for, so they are kept whole in a private file, however few they are.
async function keep(ctx: ToolContext, vectors: number[][]): Promise<Kept> {
  const name = privateName(['embeddings'], ctx.now(), 'json');
  const file = await ctx.files.write(name, JSON.stringify(vectors)).catch(() => null);
  if (file === null) {
    const note = 'The whole vectors could not be written to a file on the server and are lost.';
    return { file, note, extras: [] };
  }
  return {
    file,
    note: null,
    extras: [{ type: 'resource_link', uri: fileUri(file), name, mimeType: 'application/json' }],
  };
}

/** Turns texts into vectors with a hosted model. */
export const embedText = defineTool({
  name: 'embed_text',
  title: 'Embed texts',
  description:
    'Turn 1 to 64 texts into vectors with an embedding model hosted on Nebula. The vectors go to a file. Billed by use (cents).',
  toolset: 'inference',
  effect: 'use',
  needs: 'inference',
  input: z.strictObject({
    model: modelField,
    input: listField(textField(100_000), 64, 1),
  }),
  output: z.object({
    model: z.string(),
    count: z.number(),
    dimensions: z.number(),
    vectors: z.array(z.array(z.number())),
    usage: usageSchema,
    truncated: z.boolean(),
    file: z.string().nullable(),
    note: z.string().nullable(),
  }),
  endpoints: ['POST nebula /embeddings'],
  plan: 'unconfirmed',
  async run(given, ctx) {
    const { at, inference } = inferenceOf(ctx);
    const result = await metered(
      ctx,
      at,
      `embed_text with ${given.model}`,
      () => inference.embed(ctx.io, given),
      ({ usage }) => tokens(usage),
    );
    const { extras, file, note } = await keep(ctx, result.vectors);
    const { model, vectors, usage } = result;
    const numbers = vectors.reduce((sum, vector) => sum + vector.length, 0);
    const shown = !ctx.files.allowsSecrets && numbers <= MAX_WHOLE ? numbers : SHOWN_NUMBERS;
    return {
      done: {
        model,
        count: vectors.length,
        dimensions: vectors[0]?.length ?? 0,
        vectors: vectors.map((vector) => vector.slice(0, shown)),
        usage,
        truncated: vectors.some(({ length }) => length > shown),
        file,
        note,
      },
      extras,
    };
  },
  text: ({ model, count, dimensions, vectors, usage, file, note }) =>
    [
      `${counted(count, 'vector')} of ${dimensions} numbers by ${model}${tokens(usage)}.`,
      ...(file === null ? [] : [`All numbers, a JSON array of arrays, are in the file ${file}`]),
      ...(note === null ? [] : [note]),
      ...vectors.slice(0, 3).map((vector, at) => `Vector ${at + 1} begins: ${vector.slice(0, 3).join(', ')}`),
    ].join('\n'),
});
