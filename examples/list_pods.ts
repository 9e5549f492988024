import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [{ says: 'What is running on Volt at the moment?', args: { cloud: 'volt', state: 'running' } }],
  meanings: {
    state: 'Only pods in this state.',
    deleted: '`true` lists deleted pods instead of live ones.',
  },
  cases: [
    {
      title: 'live',
      requests: { run: [2, 1] },
      shown: true,
      before: [{ pod: 'volt' }, { pod: 'nebula', name: 'worker' }, { pass_seconds: 3600 }],
      args: {},
      sends: ['GET volt /pods', 'GET nebula /computing/instances?limit=100&offset=0'],
    },
    {
      title: 'deleted',
      args: { deleted: true },
      sends: ['GET nebula /computing/deleted-instances?limit=100&offset=0'],
    },
  ],
});
