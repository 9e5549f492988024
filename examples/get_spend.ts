import { defineExample } from './example.ts';

export const example = defineExample({
  meanings: {
    until:
      'A time in ISO form; one without a zone is UTC. The answer says what the present rate comes to until then.',
  },
  everyday: [
    {
      says: 'What will my machines have cost by the end of the year?',
      knows: 'it is 2026',
      args: { until: '2026-12-31T23:59Z' },
    },
    { says: 'How much have I burnt so far, and how long will the balance last?', args: {} },
    {
      says: 'What will it have cost by Friday evening, six o’clock UTC?',
      knows: 'Friday is 2026-12-04',
      args: { until: '2026-12-04T18:00Z' },
    },
    { says: 'What am I burning per hour, and how much Nebula credit is left?', args: {} },
  ],
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
