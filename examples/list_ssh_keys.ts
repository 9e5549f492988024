import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [{ says: 'Which SSH keys do I have on Nebula?', args: { cloud: 'nebula' } }],
  cases: [
    {
      title: 'both clouds',
      requests: { run: [2, 1] },
      shown: true,
      args: {},
      sends: ['GET volt /ssh-keys', 'GET nebula /ssh-keys?limit=100&offset=0'],
    },
  ],
});
