import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [{ says: 'Is there a DeepSeek model hosted on Nebula?', args: { search: 'deepseek' } }],
  meanings: {
    type: 'Part of the type, such as `text`, `vision`, `image` or `embedding`; `LLM` and `chat` mean `text`.',
    max_price: 'Price at most, in the cloud’s undocumented unit. Unknown prices are left out.',
    search: 'Parts of the name, alias or description, in any order.',
  },
  cases: [
    {
      title: 'by type',
      requests: { run: [1, 1] },
      shown: true,
      args: { type: 'text' },
      sends: ['GET nebula /serverless/models'],
    },
  ],
});
