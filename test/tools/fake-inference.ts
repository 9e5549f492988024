import type { InferenceOps } from '../../src/core/cloud.ts';
import type { Model } from '../../src/core/model.ts';
import { fakeCloud, fakeContext } from './fake-context.ts';

const model = (name: string, type: string, price: number | null): Model => ({
  cloud: 'nebula',
  name,
  alias: null,
  type,
  context_length: 4096,
  max_completion_tokens: null,
  description: null,
  price,
  price_unit: 'undocumented',
  huggingface_url: null,
});

/** What the fake models count. */
export const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };

/** A context whose Nebula serves models that answer at once; `changes` replaces some of that. */
export function setUp(changes: Partial<InferenceOps> = {}) {
  const inference: InferenceOps = {
    models: async () => [
      model('zeta/chat', 'text', 2),
      model('alpha/chat', 'text', null),
      model('flux', 'image', 1),
      model('m', 'text', 3),
      model('e', 'embedding', 3),
      model('eyes', 'vision', 1.8),
    ],
    listed: () => [],
    text: async (_io, request) => ({ model: request.model, text: 'Hello.', finish_reason: 'stop', usage }),
    image: async () => ({ images: [{ base64: 'aW1hZ2U=', mime_type: 'image/png' }], seconds: 2.5 }),
    embed: async (_io, { model: name, input }) => ({
      model: name,
      vectors: input.map(() => [0.1, 0.2]),
      usage,
    }),
    ...changes,
  };
  return fakeContext([fakeCloud('volt', {}), fakeCloud('nebula', { inference })]);
}
