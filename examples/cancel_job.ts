import { CANCEL_NOTES } from '../src/clouds/volt/notes-jobs.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    { says: 'Call the training job off.', knows: 'it is volt:job:ft_001', args: { job: 'volt:job:ft_001' } },
  ],
  cases: [
    {
      title: 'before training: refunded',
      requests: { plan: [1, 1], run: [2, 2] },
      shown: true,
      before: [{ job: 'pending' }],
      args: { job: '$job' },
      sends: ['DELETE volt /fine-tuning/$job.id'],
      challenge: 'support-bot',
      plan: { ref: '$job' },
      says: [...CANCEL_NOTES.full, '$55.50'],
      effect: { brings: ['cancelled'] },
    },
    {
      title: 'while data is prepared',
      before: [{ job: 'preparing_data' }],
      args: { job: '$job' },
      sends: ['DELETE volt /fine-tuning/$job.id'],
      challenge: 'support-bot',
      says: [...CANCEL_NOTES.full, '$55.50'],
    },
    {
      title: 'while it looks for nodes',
      before: [{ job: 'looking_for_nodes' }],
      args: { job: '$job' },
      sends: ['DELETE volt /fine-tuning/$job.id'],
      challenge: 'support-bot',
      says: [...CANCEL_NOTES.full, '$55.50'],
    },
    {
      title: 'ready: no refund is promised',
      before: [{ job: 'ready' }],
      args: { job: '$job' },
      sends: ['DELETE volt /fine-tuning/$job.id'],
      challenge: 'support-bot',
      says: CANCEL_NOTES.not_promised,
    },
    {
      title: 'while it trains: not refunded',
      requests: { plan: [1, 1], run: [2, 2] },
      shown: true,
      before: [{ job: 'training' }],
      args: { job: '$job' },
      sends: ['DELETE volt /fine-tuning/$job.id'],
      challenge: 'support-bot',
      says: CANCEL_NOTES.none,
    },
    {
      title: 'while it is evaluated: not refunded',
      before: [{ job: 'evaluating' }],
      args: { job: '$job' },
      sends: ['DELETE volt /fine-tuning/$job.id'],
      challenge: 'support-bot',
      says: CANCEL_NOTES.none,
    },
  ],
});
