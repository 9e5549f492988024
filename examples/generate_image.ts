import { defineExample } from './example.ts';

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const example = defineExample({
  everyday: [
    {
      says: 'Paint a fox in the snow with Flux, 512 by 512.',
      knows: 'black-forest-labs/FLUX.1-schnell',
      args: {
        model: 'black-forest-labs/FLUX.1-schnell',
        prompt: 'a fox in the snow',
        width: 512,
        height: 512,
      },
    },
  ],
  meanings: {
    prompt: 'What to show.',
    negative_prompt: 'What not to show.',
    steps: 'Steps of the model.',
    guidance_scale: 'How closely to follow the prompt, 0 to 100.',
    width: 'Pixels.',
    height: 'Pixels.',
    seed: 'The same seed gives the same picture if the model allows it.',
    image: 'Base64 of an image to start from.',
    mask: 'Base64 of a mask: what to repaint in `image`.',
  },
  cases: [
    {
      title: 'a prompt',
      requests: { plan: [1, 1], run: [2, 2] },
      challenge: 'allow 50 calls',
      says: [/\b50\b.*\b24 hours\b/, 'generate_image'],
      shown: true,
      args: {
        model: 'black-forest-labs/FLUX.1-schnell',
        prompt: 'a lighthouse at dawn',
        width: 256,
        height: 256,
        seed: 7,
      },
      sends: [
        [
          'POST nebula /images/generation',
          {
            model: 'black-forest-labs/FLUX.1-schnell',
            prompt: 'a lighthouse at dawn',
            width: 256,
            height: 256,
            seed: 7,
          },
        ],
      ],
      effect: { debits: true },
    },
    {
      title: 'every documented field',
      challenge: 'allow 50 calls',
      args: {
        model: 'black-forest-labs/FLUX.1-schnell',
        prompt: 'A cat',
        negative_prompt: 'dogs',
        steps: 4,
        guidance_scale: 3.5,
        width: 64,
        height: 64,
        seed: 7,
        image: PIXEL,
      },
      sends: [
        [
          'POST nebula /images/generation',
          {
            model: 'black-forest-labs/FLUX.1-schnell',
            prompt: 'A cat',
            num_steps: 4,
            guidance_scale: 3.5,
            width: 64,
            height: 64,
            negative_prompt: 'dogs',
            seed: 7,
            image: PIXEL,
          },
        ],
      ],
    },
  ],
});
