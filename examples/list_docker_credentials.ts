import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [{ says: 'Which registry logins are stored?', args: {} }],
  cases: [
    {
      title: 'all',
      requests: { run: [1, 1] },
      shown: true,
      args: {},
      sends: ['GET volt /docker-credentials'],
    },
  ],
});
