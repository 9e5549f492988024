import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [{ says: 'What am I burning per hour, and how much Nebula credit is left?', args: {} }],
  cases: [
    {
      title: 'both clouds',
      requests: { run: [4, 1] },
      shown: true,
      before: [
        { pod: 'volt' },
        { pod: 'nebula', name: 'worker' },
        { pass_seconds: 3600 },
        { job: 'pending' },
      ],
      args: {},
      sends: [
        'GET volt /pods',
        'GET volt /fine-tuning',
        'GET nebula /computing/instances?limit=100&offset=0',
        'GET nebula /users/credits',
      ],
    },
  ],
});
