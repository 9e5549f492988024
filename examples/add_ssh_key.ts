import { SSH_KEY_NOTES as NEBULA_NOTES } from '../src/clouds/nebula/notes.ts';
import { SSH_KEY_NOTES as VOLT_NOTES } from '../src/clouds/volt/notes.ts';
import { defineExample } from './example.ts';

// The base point of Ed25519 (RFC 8032): a well-formed key that belongs to nobody.
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFhmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZm me@laptop';

export const example = defineExample({
  everyday: [
    {
      says: 'Add my laptop key to Volt: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKJd3 me@laptop',
      args: {
        cloud: 'volt',
        name: 'laptop',
        public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKJd3 me@laptop',
      },
    },
  ],
  meanings: {
    name: 'Name of the key: one visible line, up to 64 characters.',
    public_key:
      'The one line of a `.pub` file. It is checked completely; a private key is refused and never repeated.',
    cloud: 'Which account. May be left out if only one cloud is configured.',
  },
  cases: [
    {
      title: 'Volt',
      requests: { plan: [1, 1], run: [2, 2] },
      shown: true,
      args: { name: 'laptop', public_key: KEY, cloud: 'volt' },
      sends: [['POST volt /ssh-keys', { name: 'laptop', public_key: KEY }]],
      challenge: 'add',
      says: ['SHA256:', ...VOLT_NOTES.add],
      effect: { makes: 'volt.ssh_keys', name: 'laptop' },
    },
    {
      title: 'Nebula',
      args: { name: 'laptop', public_key: KEY, cloud: 'nebula' },
      sends: [['POST nebula /ssh-keys', { key_name: 'laptop', key_data: KEY }]],
      challenge: 'add',
      says: ['SHA256:', ...NEBULA_NOTES.add],
      effect: { makes: 'nebula.ssh_keys', name: 'laptop' },
    },
  ],
});
