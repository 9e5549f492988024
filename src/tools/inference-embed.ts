import * as z from 'zod';
import type { ToolContext } from '../core/context.ts';
import type { Extra } from '../core/outcome.ts';
import { counted } from '../core/words.ts';
import { listField, textField } from './fields.ts';
import { inferenceOf, metered, modelField, tokens, usageSchema } from './metered.ts';
import { fileUri, privateName } from './private-names.ts';
import { defineTool } from './tool.ts';

/** An answer carries at most so many numbers; beyond that every vector is cut to its first 8 and a file holds them whole. */
export const MAX_NUMBERS = 4096;
const KEPT = 8;

interface Fitted {
  vectors: number[][];
  truncated: boolean;
  file: string | null;
  note: string | null;
  extras: Extra[];
}

// The vectors are paid for, so what does not fit into a conversation is kept whole in a private file.
async function sized(ctx: ToolContext, vectors: number[][]): Promise<Fitted> {
  const count = vectors.reduce((sum, vector) => sum + vector.length, 0);
  if (count <= MAX_NUMBERS) return { vectors, truncated: false, file: null, note: null, extras: [] };
  const name = privateName(['embeddings'], ctx.now(), 'json');
  const file = await ctx.files.write(name, JSON.stringify(vectors)).catch(() => null);
  const whole = Math.floor(MAX_NUMBERS / (vectors[0]?.length ?? 1));
  const place =
    file === null
      ? 'The whole vectors could not be written to a file and are lost.'
      : 'The whole vectors are in the file, a JSON array of arrays.';
  const fewer = whole > 0 ? ` Up to ${whole} inputs a call come whole.` : '';
  return {
    vectors: vectors.map((vector) => vector.slice(0, KEPT)),
    truncated: true,
    file,
    note: `${count} numbers are too many for an answer, so each vector is cut to its first ${KEPT}. ${place}${fewer}`,
    extras:
      file === null
        ? []
        : [{ type: 'resource_link', uri: fileUri(file), name, mimeType: 'application/json' }],
  };
}

/** Turns texts into vectors with a hosted model. */
export const embedText = defineTool({
  name: 'embed_text',
  title: 'Embed texts',
  description:
    'Turn 1 to 64 texts into vectors with an embedding model hosted on Nebula. Large results go to a file. Billed by use (cents).',
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
    const { extras, ...fitted } = await sized(ctx, result.vectors);
    const { model, vectors, usage } = result;
    return {
      done: { model, count: vectors.length, dimensions: vectors[0]?.length ?? 0, usage, ...fitted },
      extras,
    };
  },
  text: ({ model, count, dimensions, usage, file, note }) =>
    [
      `${counted(count, 'vector')} of ${dimensions} numbers by ${model}${tokens(usage)}; they are in the structured content.`,
      ...(note === null ? [] : [note]),
      ...(file === null ? [] : [`File: ${file}`]),
    ].join('\n'),
});
