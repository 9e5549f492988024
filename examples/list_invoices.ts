import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [{ says: 'When did I last top up Nebula?', args: {} }],
  cases: [
    {
      title: 'a page',
      requests: { run: [1, 1] },
      shown: true,
      args: { limit: 3 },
      sends: ['GET nebula /users/invoices?limit=100&offset=0'],
    },
  ],
});
