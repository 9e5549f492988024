import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Pause trainer over the weekend but keep its disk.',
      knows: 'trainer is volt:pod:pod_abc123',
      args: { pod: 'volt:pod:pod_abc123' },
    },
  ],
  cases: [
    {
      title: 'Volt',
      requests: { plan: [1, 1], run: [2, 2] },
      shown: true,
      before: [{ pod: 'volt' }, { pass_seconds: 3600 }],
      args: { pod: '$pod' },
      sends: ['POST volt /pods/$pod.id/stop'],
      challenge: 'stop',
      plan: { ref: '$pod' },
      says: [/GPU billing pauses/, /storage/, /\/root volume.*preserved/, /processes/, /may end the rental/],
      effect: { brings: ['stopping', 'stopped'] },
    },
    {
      title: 'Nebula',
      requests: { plan: [2, 1], run: [5, 3] },
      shown: true,
      before: [{ pod: 'nebula' }, { pass_seconds: 3600 }],
      args: { pod: '$pod' },
      // A GET that stops.
      sends: ['GET nebula /computing/instance/$pod.id/stop'],
      challenge: 'stop',
      plan: { ref: '$pod' },
      says: [/never say that stopping pauses billing/, /only deleting/, /containers/],
      effect: { acts: 'stop' },
    },
  ],
});
