import { POD_NOTES } from '../src/clouds/nebula/notes.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'The driver hangs, reboot the machine.',
      knows: 'it is nebula:pod:i-42',
      args: { pod: 'nebula:pod:i-42' },
    },
  ],
  cases: [
    {
      title: 'Nebula',
      requests: { plan: [2, 1], run: [5, 3] },
      shown: true,
      before: [{ pod: 'nebula' }, { pass_seconds: 3600 }],
      args: { pod: '$pod' },
      // A GET that reboots.
      sends: ['GET nebula /computing/instance/$pod.id/reboot'],
      challenge: 'restart',
      plan: { ref: '$pod' },
      says: POD_NOTES.restart,
      effect: { acts: 'reboot' },
    },
  ],
});
