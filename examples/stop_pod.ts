import { POD_NOTES as NEBULA_NOTES } from '../src/clouds/nebula/notes.ts';
import { POD_NOTES as VOLT_NOTES } from '../src/clouds/volt/notes.ts';
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
      says: VOLT_NOTES.stop,
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
      says: NEBULA_NOTES.stop,
      effect: { acts: 'stop' },
    },
  ],
});
