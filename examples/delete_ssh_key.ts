import { SSH_KEY_NOTES as NEBULA_NOTES } from '../src/clouds/nebula/notes.ts';
import { SSH_KEY_NOTES as VOLT_NOTES } from '../src/clouds/volt/notes.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'I lost that laptop, remove its key.',
      knows: 'volt:ssh_key:key_abc123',
      args: { ssh_key: 'volt:ssh_key:key_abc123' },
    },
  ],
  cases: [
    {
      title: 'Volt',
      requests: { plan: [1, 1], run: [2, 2] },
      shown: true,
      args: { ssh_key: 'volt:ssh_key:key_abc123' },
      sends: ['DELETE volt /ssh-keys/key_abc123'],
      challenge: 'work-laptop',
      plan: { ref: 'volt:ssh_key:key_abc123' },
      says: VOLT_NOTES.delete,
      effect: { removes: 'volt.ssh_keys', id: 'key_abc123' },
    },
    {
      title: 'Nebula',
      args: { ssh_key: 'nebula:ssh_key:73' },
      sends: ['DELETE nebula /ssh-keys/73'],
      challenge: 'work-laptop',
      plan: { ref: 'nebula:ssh_key:73' },
      says: NEBULA_NOTES.delete,
      effect: { removes: 'nebula.ssh_keys', id: '73' },
    },
  ],
});
