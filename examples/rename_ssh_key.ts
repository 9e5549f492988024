import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Call that key "office" instead.',
      knows: 'nebula:ssh_key:73',
      args: { ssh_key: 'nebula:ssh_key:73', name: 'office' },
    },
  ],
  meanings: { name: 'New name.' },
  cases: [
    {
      title: 'Nebula',
      requests: { run: [1, 1] },
      shown: true,
      args: { ssh_key: 'nebula:ssh_key:73', name: 'old laptop' },
      sends: [['PUT nebula /ssh-keys/73', { key_name: 'old laptop' }]],
      effect: { makes: 'nebula.ssh_keys', name: 'old laptop' },
    },
  ],
});
