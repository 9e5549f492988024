import { json, type WireRow } from './row.ts';

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Hosted models (Nebula Block API Reference, Inference API): text and embeddings on the inference base, the rest on the platform's. */
export const INFERENCE_ROWS: readonly WireRow[] = [
  {
    tool: 'list_models',
    title: 'all',
    args: () => ({}),
    sends: () => [['GET nebula /serverless/models']],
  },
  {
    tool: 'generate_text',
    title: 'from a prompt; streamed, with the usage at its end',
    args: () => ({
      model: 'meta-llama/Llama-3.3-70B-Instruct',
      prompt: 'Say hi.',
      max_tokens: 20,
      top_p: 0.9,
    }),
    sends: () => [
      [
        'POST inference /chat/completions',
        json({
          messages: [{ role: 'user', content: 'Say hi.' }],
          model: 'meta-llama/Llama-3.3-70B-Instruct',
          max_tokens: 20,
          top_p: 0.9,
          stream: true,
          stream_options: { include_usage: true },
        }),
      ],
    ],
  },
  {
    tool: 'generate_text',
    title: 'from messages and an image',
    args: () => ({
      model: 'Qwen/Qwen2.5-VL-7B-Instruct',
      messages: [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: 'What is this?' },
      ],
      image_urls: ['https://example.com/cat.png'],
    }),
    sends: () => [
      [
        'POST inference /chat/completions',
        json({
          messages: [
            { role: 'system', content: 'Be short.' },
            {
              role: 'user',
              content: [
                { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
                { type: 'text', text: 'What is this?' },
              ],
            },
          ],
          model: 'Qwen/Qwen2.5-VL-7B-Instruct',
          stream: true,
          stream_options: { include_usage: true },
        }),
      ],
    ],
  },
  {
    tool: 'generate_image',
    title: 'all documented fields, under their documented names',
    args: () => ({
      model: 'black-forest-labs/FLUX.1-schnell',
      prompt: 'A cat',
      negative_prompt: 'dogs',
      steps: 4,
      guidance_scale: 3.5,
      width: 64,
      height: 64,
      seed: 7,
      image: PIXEL,
    }),
    sends: () => [
      [
        'POST nebula /images/generation',
        json({
          model: 'black-forest-labs/FLUX.1-schnell',
          prompt: 'A cat',
          num_steps: 4,
          guidance_scale: 3.5,
          width: 64,
          height: 64,
          negative_prompt: 'dogs',
          seed: 7,
          image: PIXEL,
        }),
      ],
    ],
  },
  {
    tool: 'embed_text',
    title: 'several texts in one request',
    args: () => ({ model: 'BAAI/bge-large-en-v1.5', input: ['one', 'two'] }),
    sends: () => [
      ['POST inference /embeddings', json({ model: 'BAAI/bge-large-en-v1.5', input: ['one', 'two'] })],
    ],
  },
];
