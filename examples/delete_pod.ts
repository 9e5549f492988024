import { POD_NOTES as NEBULA_NOTES } from '../src/clouds/nebula/notes.ts';
import { POD_NOTES as VOLT_NOTES } from '../src/clouds/volt/notes.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'I am done with the Nebula box, make sure it costs nothing any more.',
      knows: 'it is nebula:pod:i-42',
      args: { pod: 'nebula:pod:i-42' },
    },
  ],
  cases: [
    {
      title: 'Volt',
      requests: { plan: [1, 1], run: [2, 2] },
      shown: true,
      before: [{ pod: 'volt' }, { pass_seconds: 3600 }],
      args: { pod: '$pod' },
      sends: ['DELETE volt /pods/$pod.id'],
      challenge: 'trainer',
      plan: { ref: '$pod' },
      says: VOLT_NOTES.delete,
      effect: { removes: 'pods', id: '$pod.id' },
    },
    {
      title: 'Nebula',
      requests: { plan: [2, 1], run: [5, 3] },
      shown: true,
      before: [{ pod: 'nebula' }, { pass_seconds: 3600 }],
      args: { pod: '$pod' },
      sends: ['DELETE nebula /computing/instance/$pod.id'],
      challenge: 'trainer',
      plan: { ref: '$pod' },
      says: NEBULA_NOTES.delete,
      effect: { brings: ['Deleted'] },
    },
  ],
});
