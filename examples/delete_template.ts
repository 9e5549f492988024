import { TEMPLATE_NOTES } from '../src/clouds/volt/notes.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'We do not need our template any more.',
      knows: 'volt:template:tpl_own',
      args: { template: 'volt:template:tpl_own' },
    },
  ],
  cases: [
    {
      title: 'Volt',
      requests: { plan: [1, 1], run: [2, 2] },
      shown: true,
      before: [{ template: 'vllm-server' }],
      args: { template: '$template' },
      sends: ['DELETE volt /templates/$template.id'],
      challenge: 'vllm-server',
      plan: { ref: '$template' },
      says: TEMPLATE_NOTES.delete,
      effect: { removes: 'volt.templates', id: '$template.id' },
    },
  ],
});
