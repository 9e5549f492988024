import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [{ says: 'Did any of my fine-tunings fail?', args: { status: 'failed' } }],
  meanings: { status: 'Only jobs in this state.' },
  cases: [
    {
      // The state is filtered here: the documents do not say what the cloud accepts.
      title: 'by state',
      requests: { run: [1, 1] },
      shown: true,
      before: [{ job: 'training' }],
      args: { status: 'training' },
      sends: ['GET volt /fine-tuning'],
    },
  ],
});
