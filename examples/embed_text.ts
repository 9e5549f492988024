import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Turn these two sentences into vectors: "hello", "good bye".',
      knows: 'WhereIsAI/UAE-Large-V1',
      args: { model: 'WhereIsAI/UAE-Large-V1', input: ['hello', 'good bye'] },
    },
  ],
  meanings: { input: '1 to 64 texts.' },
  cases: [
    {
      title: 'several texts in one request',
      requests: { plan: [1, 1], run: [2, 2] },
      challenge: 'allow 50 calls',
      says: [/\b50\b.*\b24 hours\b/, 'embed_text'],
      shown: true,
      args: { model: 'BAAI/bge-large-en-v1.5', input: ['hello', 'good morning'] },
      sends: [
        ['POST inference /embeddings', { model: 'BAAI/bge-large-en-v1.5', input: ['hello', 'good morning'] }],
      ],
      effect: { debits: true },
    },
  ],
});
