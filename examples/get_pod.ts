import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Which keys can log in to trainer, and when does its lease end?',
      knows: 'trainer is volt:pod:pod_abc123',
      args: { pod: 'volt:pod:pod_abc123' },
    },
    {
      says: 'How do I ssh into trainer?',
      knows: 'trainer is volt:pod:pod_abc123',
      args: { pod: 'volt:pod:pod_abc123' },
    },
  ],
  cases: [
    {
      title: 'Volt',
      requests: { run: [3, 2] },
      shown: true,
      before: [{ pod: 'volt' }, { pass_seconds: 3600 }],
      args: { pod: '$pod' },
      sends: ['GET volt /pods/$pod.id', 'GET volt /templates', 'GET volt /templates/tpl_pytorch21'],
    },
    {
      title: 'Nebula, whose list alone has the price',
      requests: { run: [2, 1] },
      before: [{ pod: 'nebula' }],
      args: { pod: '$pod' },
      sends: ['GET nebula /computing/instance/$pod.id', 'GET nebula /computing/instances?limit=100&offset=0'],
    },
  ],
});
