import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    { says: 'What is the cheapest H100 I can get right now?', args: { gpu: 'H100' } },
    {
      says: 'I need at least 4 GPUs with 80 GB each, confidential computing, under $3 per GPU and hour.',
      args: { min_gpus: 4, min_gpu_memory_gb: 80, confidential: true, max_usd_per_gpu_hour: 3 },
    },
  ],
  meanings: {
    gpu: 'Part of the model’s name, such as `H100` or `RTX 4090`; letter case and punctuation do not matter.',
    min_gpu_memory_gb: 'Memory of one GPU, at least. Machines whose memory is unknown are left out.',
    min_gpus: 'At least this many free GPUs (all GPUs if the cloud does not report how many are free).',
    max_usd_per_gpu_hour: 'Price of one GPU for an hour, at most. Unknown prices are left out.',
    confidential: '`true`: only confidential machines (Targon); `false`: only others.',
    available_only: '`false` shows what is sold out too.',
    sort: '`price`: cheapest GPU first; `memory`: most memory a GPU first. Unknown comes last.',
  },
  cases: [
    {
      title: 'both clouds',
      requests: { run: [2, 1] },
      shown: true,
      args: { gpu: 'H100', max_usd_per_gpu_hour: 2.5, limit: 5 },
      sends: ['GET volt /machines', 'GET nebula /computing/products'],
    },
    { title: 'one cloud', args: { cloud: 'volt' }, sends: ['GET volt /machines'] },
  ],
});
