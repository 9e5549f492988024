import { POD_NOTES as NEBULA_NOTES } from '../src/clouds/nebula/notes.ts';
import { POD_NOTES as VOLT_NOTES } from '../src/clouds/volt/notes.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Switch the training box back on.',
      knows: 'it is volt:pod:pod_abc123, stopped',
      args: { pod: 'volt:pod:pod_abc123' },
    },
  ],
  cases: [
    {
      title: 'Volt',
      requests: { plan: [2, 1], run: [3, 2] },
      shown: true,
      before: [{ pod: 'volt', state: 'stopped' }, { pass_seconds: 3600 }],
      args: { pod: '$pod' },
      sends: ['POST volt /pods/$pod.id/start'],
      challenge: '0.34',
      plan: { ref: '$pod', cost: { usd_per_hour: 0.34 } },
      says: ['$0.34/h', ...VOLT_NOTES.start],
      effect: { brings: ['starting', 'running'] },
    },
    {
      title: 'Nebula',
      requests: { plan: [2, 1], run: [5, 3] },
      before: [{ pod: 'nebula', state: 'Stopped' }],
      args: { pod: '$pod' },
      // A GET that starts.
      sends: ['GET nebula /computing/instance/$pod.id/start'],
      challenge: '0.49',
      plan: { ref: '$pod', cost: { usd_per_hour: 0.49 } },
      says: NEBULA_NOTES.start,
      effect: { acts: 'start' },
    },
  ],
});
