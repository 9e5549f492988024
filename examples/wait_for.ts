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
      requests: { run: [2, 2] },
      shown: true,
      before: [{ pod: 'volt' }],
      args: { ref: '$pod' },
      // The shared list shows the state; then the pod is read in full.
      sends: ['GET volt /pods', 'GET volt /pods/$pod.id'],
    },
    {
      title: 'a pod on Nebula',
      requests: { run: [3, 2] },
      before: [{ pod: 'nebula' }],
      args: { ref: '$pod' },
      // The list shows the state; then the pod is read in full, with its price from the list.
      sends: [
        'GET nebula /computing/instances?limit=100&offset=0',
        'GET nebula /computing/instance/$pod.id',
        'GET nebula /computing/instances?limit=100&offset=0',
      ],
    },
    {
      title: 'a job, with a time-out',
      requests: { run: [2, 2] },
      shown: true,
      before: [{ job: 'looking_for_nodes' }],
      args: { ref: '$job', timeout_seconds: 1 },
      sends: ['GET volt /fine-tuning', 'GET volt /fine-tuning/$job.id'],
    },
  ],
});
