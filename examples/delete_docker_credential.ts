import { CREDENTIAL_NOTES } from '../src/clouds/volt/notes.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Remove the ghcr login.',
      knows: 'volt:docker_credential:cred_001',
      args: { docker_credential: 'volt:docker_credential:cred_001' },
    },
  ],
  meanings: { docker_credential: 'Ref of a stored registry login.' },
  cases: [
    {
      title: 'Volt',
      requests: { plan: [4, 2], run: [2, 2] },
      shown: true,
      before: [{ template: 'private-image', docker_credential: 'cred_abc123' }],
      args: { docker_credential: 'volt:docker_credential:cred_abc123' },
      sends: ['DELETE volt /docker-credentials/cred_abc123'],
      challenge: 'GitHub Container Registry',
      plan: { ref: 'volt:docker_credential:cred_abc123' },
      says: [...CREDENTIAL_NOTES.delete, '"private-image"', '$template'],
      effect: { removes: 'volt.credentials', id: 'cred_abc123' },
    },
  ],
});
