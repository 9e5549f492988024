import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Which Ubuntu images can I boot on that A6000?',
      knows: 'nebula:machine:prd-ca-a6000-1 is the A6000',
      args: { machine: 'nebula:machine:prd-ca-a6000-1' },
    },
  ],
  meanings: {
    region: 'Words of a region or a larger area, in any order, such as `Canada` or `Europe`.',
    machine: 'Ref of a Nebula machine: only images of the same data centre and region, as orders need.',
  },
  cases: [
    {
      title: 'for a machine',
      requests: { run: [2, 1] },
      shown: true,
      args: { machine: 'nebula:machine:prd-ca-a6000-1' },
      sends: ['GET nebula /computing/products', 'GET nebula /computing/images'],
    },
    { title: 'all', args: {}, sends: ['GET nebula /computing/images'] },
  ],
});
