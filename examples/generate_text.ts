import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Have Llama 3.3 on Nebula summarise this: GPUs are rented by the hour.',
      knows: 'meta-llama/Llama-3.3-70B-Instruct',
      args: {
        model: 'meta-llama/Llama-3.3-70B-Instruct',
        prompt: 'Summarise: GPUs are rented by the hour.',
      },
    },
  ],
  meanings: {
    prompt: 'One question. This or `messages`.',
    messages: 'A conversation: `role` (`system`, `user`, `assistant`) and `content` each.',
    image_urls: 'Up to 8 images for a vision model: https addresses without a login, or `data:` URLs.',
    max_tokens: 'Longest answer, in tokens.',
    temperature: '0 to 2.',
    top_p: '0 to 1.',
  },
  cases: [
    {
      title: 'a prompt',
      requests: { plan: [1, 1], run: [2, 2] },
      challenge: 'allow 50 calls',
      says: [/\b50\b.*\b24 hours\b/, 'generate_text'],
      shown: true,
      args: {
        model: 'meta-llama/Llama-3.3-70B-Instruct',
        prompt: 'Name one use of a GPU.',
        max_tokens: 60,
        top_p: 0.9,
      },
      // Streamed, with the usage at its end.
      sends: [
        [
          'POST inference /chat/completions',
          {
            messages: [{ role: 'user', content: 'Name one use of a GPU.' }],
            model: 'meta-llama/Llama-3.3-70B-Instruct',
            max_tokens: 60,
            top_p: 0.9,
            stream: true,
            stream_options: { include_usage: true },
          },
        ],
      ],
      effect: { debits: true },
    },
    {
      title: 'messages and an image',
      challenge: 'allow 50 calls',
      args: {
        model: 'Qwen/Qwen2.5-VL-7B-Instruct',
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'What is this?' },
        ],
        image_urls: ['https://example.com/cat.png'],
      },
      sends: [
        [
          'POST inference /chat/completions',
          {
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
          },
        ],
      ],
    },
  ],
});
