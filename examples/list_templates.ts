import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [{ says: 'Which ready-made containers are there on Volt?', args: {} }],
  cases: [{ title: 'all', requests: { run: [1, 1] }, shown: true, args: {}, sends: ['GET volt /templates'] }],
});
