import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Which ports does the PyTorch template open?',
      knows: 'volt:template:tpl_pytorch21',
      args: { template: 'volt:template:tpl_pytorch21' },
    },
  ],
  cases: [
    {
      title: 'one of your own',
      requests: { run: [1, 1] },
      shown: true,
      args: { template: 'volt:template:tpl_custom_01' },
      sends: ['GET volt /templates/tpl_custom_01'],
    },
  ],
});
