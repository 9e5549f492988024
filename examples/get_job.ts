import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Would I get my money back if I cancelled the support bot now?',
      knows: 'it is volt:job:ft_001',
      args: { job: 'volt:job:ft_001' },
    },
  ],
  cases: [
    {
      title: 'Volt',
      requests: { run: [1, 1] },
      shown: true,
      before: [{ job: 'training' }, { pass_seconds: 600 }],
      args: { job: '$job' },
      sends: ['GET volt /fine-tuning/$job.id'],
    },
  ],
});
