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
      says: [/full refund is documented/, /reaches Volt/, /may already have changed/, '$55.50'],
      effect: { brings: ['cancelled'] },
    },
    {
      title: 'while data is prepared',
      before: [{ job: 'preparing_data' }],
      args: { job: '$job' },
      sends: ['DELETE volt /fine-tuning/$job.id'],
      challenge: 'support-bot',
      says: [/full refund is documented/, /may already have changed/, '$55.50'],
    },
    {
      title: 'while nodes are looked for',
      before: [{ job: 'looking_for_nodes' }],
      args: { job: '$job' },
      sends: ['DELETE volt /fine-tuning/$job.id'],
      challenge: 'support-bot',
      says: [/full refund is documented/, /may already have changed/, '$55.50'],
    },
    {
      title: 'ready: no refund is promised',
      before: [{ job: 'ready' }],
      args: { job: '$job' },
      sends: ['DELETE volt /fine-tuning/$job.id'],
      challenge: 'support-bot',
      says: [/not promised/, /may already have changed/, /^(?!.*full refund is documented)/s],
    },
    {
      title: 'while it trains: not refunded',
      requests: { plan: [1, 1], run: [2, 2] },
      shown: true,
      before: [{ job: 'training' }],
      args: { job: '$job' },
      sends: ['DELETE volt /fine-tuning/$job.id'],
      challenge: 'support-bot',
      says: [/No refund/, /full cost/, /^(?!.*full refund is documented)/s],
    },
    {
      title: 'while it is evaluated: not refunded',
      before: [{ job: 'evaluating' }],
      args: { job: '$job' },
      sends: ['DELETE volt /fine-tuning/$job.id'],
      challenge: 'support-bot',
      says: [/No refund/, /full cost/, /^(?!.*full refund is documented)/s],
    },
  ],
});
