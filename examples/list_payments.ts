import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [{ says: 'What did Nebula charge me last month?', args: {} }],
  cases: [
    {
      title: 'all',
      requests: { run: [1, 1] },
      shown: true,
      args: {},
      sends: ['GET nebula /users/credits/history?limit=100&offset=0'],
    },
    {
      title: 'a page',
      args: { limit: 3 },
      sends: ['GET nebula /users/credits/history?limit=100&offset=0'],
    },
  ],
});
