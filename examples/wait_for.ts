import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Tell me as soon as it is up.',
      knows: 'volt:pod:pod_abc123 is being deployed',
      args: { ref: 'volt:pod:pod_abc123' },
    },
  ],
  meanings: {
    ref: 'Ref of a pod or a job.',
    until:
      'State to wait for. Left out: `running` for a pod, `terminal` (any end) for a job. Others: `stopped`, `deleted`, `training`, …',
    timeout_seconds: 'How long one call may wait, 1 to 600. A time-out is a normal answer: call again.',
  },
  cases: [
    {
      title: 'a pod that is up already',
      requests: { run: [1, 1] },
      shown: true,
      before: [{ pod: 'volt' }],
      args: { ref: '$pod' },
      sends: ['GET volt /pods/$pod.id'],
    },
    {
      title: 'a pod on Nebula',
      requests: { run: [2, 1] },
      before: [{ pod: 'nebula' }],
      args: { ref: '$pod' },
      // The pod in full, and its price from the list.
      sends: ['GET nebula /computing/instances?limit=100&offset=0', 'GET nebula /computing/instance/$pod.id'],
    },
    {
      title: 'a job, with a time-out',
      requests: { run: [1, 1] },
      shown: true,
      before: [{ job: 'looking_for_nodes' }],
      args: { ref: '$job', timeout_seconds: 1 },
      // The list that all waits share is polled from 2.5 seconds on.
      sends: ['GET volt /fine-tuning/$job.id'],
    },
  ],
});
