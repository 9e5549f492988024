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
      says: [
        /cannot be undone/,
        /\/root is destroyed/,
        /\/mnt .*preserved/,
        /all associated resources/,
        /Back up/,
      ],
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
      says: [/cannot be undone/, /root disk and the ephemeral disk/, /no volume/, /not refunded/],
      effect: { brings: ['Deleted'] },
    },
  ],
});
