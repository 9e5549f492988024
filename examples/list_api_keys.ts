import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [{ says: 'Which API keys exist, and which one are you using?', args: {} }],
  cases: [
    {
      title: 'both clouds',
      requests: { run: [2, 1] },
      shown: true,
      args: {},
      // Each under its documented path.
      sends: ['GET volt /api-keys', 'GET nebula /api_keys'],
    },
  ],
});
