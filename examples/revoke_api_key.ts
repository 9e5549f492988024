import { API_KEY_NOTES as NEBULA_NOTES } from '../src/clouds/nebula/notes.ts';
import { API_KEY_NOTES as VOLT_NOTES } from '../src/clouds/volt/notes.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'The CI key leaked, kill it.',
      knows: 'volt:api_key:ak_002',
      args: { api_key: 'volt:api_key:ak_002' },
    },
  ],
  cases: [
    {
      title: 'Volt, another key',
      requests: { plan: [1, 1], run: [2, 2] },
      shown: true,
      before: [{ api_key: 'old-runner' }],
      args: { api_key: '$api_key' },
      // The id in the body of a DELETE, none in the path.
      sends: [['DELETE volt /api-keys', { key_id: '$api_key.id' }]],
      challenge: 'old-runner',
      plan: { ref: '$api_key' },
      effect: { removes: 'volt.api_keys', id: '$api_key.id' },
    },
    {
      title: 'Nebula',
      args: { api_key: 'nebula:api_key:5' },
      sends: ['DELETE nebula /api-keys/5'],
      challenge: 'old-notebook',
      plan: { ref: 'nebula:api_key:5' },
      says: NEBULA_NOTES.revoke,
      effect: { removes: 'nebula.api_keys', id: '5' },
    },
    {
      title: 'Volt, the key that this server itself uses',
      requests: { plan: [1, 1], run: [2, 2] },
      shown: true,
      args: { api_key: 'volt:api_key:ak_001' },
      sends: [['DELETE volt /api-keys', { key_id: 'ak_001' }]],
      challenge: 'Production Key',
      plan: { ref: 'volt:api_key:ak_001' },
      says: ['LOCK-OUT', ...VOLT_NOTES.revoke],
      effect: { removes: 'volt.api_keys', id: 'ak_001' },
    },
  ],
});
