import { API_KEY_NOTES as NEBULA_NOTES } from '../src/clouds/nebula/notes.ts';
import { API_KEY_NOTES as VOLT_NOTES } from '../src/clouds/volt/notes.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [{ says: 'I need a Nebula API key for the CI.', args: { cloud: 'nebula', name: 'ci' } }],
  meanings: {
    cloud: 'Which account.',
    name: 'Name of the key: one visible line, up to 64 characters.',
    description: 'One visible line, up to 200 characters.',
  },
  cases: [
    {
      title: 'Volt',
      requests: { plan: [1, 1], run: [2, 2] },
      shown: true,
      args: { cloud: 'volt', name: 'CI/CD Pipeline' },
      sends: [['POST volt /api-keys', { name: 'CI/CD Pipeline' }]],
      challenge: 'create',
      says: ['0600', ...VOLT_NOTES.create],
      effect: { makes: 'volt.api_keys', name: 'CI/CD Pipeline' },
    },
    {
      title: 'Nebula',
      args: { cloud: 'nebula', name: 'ci', description: 'for CI' },
      sends: [['POST nebula /api-keys', { name: 'ci', description: 'for CI' }]],
      challenge: 'create',
      says: NEBULA_NOTES.create,
      effect: { makes: 'nebula.api_keys', name: 'ci' },
    },
  ],
});
