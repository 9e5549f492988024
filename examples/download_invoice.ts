import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Get me the PDF of that invoice for the accountant.',
      knows: 'nebula:invoice:inv_7',
      args: { invoice: 'nebula:invoice:inv_7' },
    },
  ],
  meanings: {
    invoice: 'Ref of an invoice.',
    embed: '`true` puts the PDF into the answer too, if it has at most 1 MiB.',
  },
  cases: [
    {
      // The number of the row, not the printed one.
      title: 'Nebula',
      requests: { run: [1, 1] },
      shown: true,
      args: { invoice: 'nebula:invoice:401' },
      sends: ['GET nebula /users/invoice-download/401'],
    },
  ],
});
