import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    { says: 'Is there any A100 with 80 GB in Norway?', args: { gpu: 'A100 80GB', region: 'Norway' } },
    { says: 'What does a machine with eight H100s cost?', args: { gpu: 'H100', gpus: 8 } },
    {
      says: 'Which RTX 4090s are there, the sold-out ones too?',
      args: { gpu: 'RTX 4090', available_only: false },
    },
    {
      says: 'Something with at least 48 GB for less than a dollar an hour, please.',
      args: { min_gpu_memory_gb: 48, max_usd_per_hour: 1 },
    },
    { says: 'What is the cheapest H100 I can get right now?', args: { gpu: 'H100' } },
    {
      says: 'I need at least 4 GPUs with 80 GB each, confidential computing, under $3 per GPU and hour.',
      args: { min_gpus: 4, min_gpu_memory_gb: 80, confidential: true, max_usd_per_gpu_hour: 3 },
    },
    {
      says: 'I need two H100s in Europe for at most 6 dollars an hour together. What is there?',
      args: { gpu: 'H100', gpus: 2, region: 'Europe', max_usd_per_hour: 6 },
    },
  ],
  meanings: {
    gpu: 'The model as people write it, such as `H100`, `NVIDIA RTX 4090` or `H100 80GB SXM`: its words in any order. Makers, families (GeForce, RTX) and units do not matter; `A10` is not `A100`.',
    gpus: 'Exactly so many GPUs. Only what can be ordered with so many is shown; price, order and `max_usd_per_hour` are those of the whole order. Machines of which all GPUs must be taken are marked (`8 only`).',
    region:
      'Words of its name or of a larger area: `US`, `EU west`, `Norway`, `Europe` (which has Norway in it, unlike `EU`).',
    max_usd_per_hour: 'Price of the whole order an hour, at most. Unknown prices are left out.',
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
