import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Which user name does the ghcr login have?',
      knows: 'volt:docker_credential:cred_001',
      args: { docker_credential: 'volt:docker_credential:cred_001' },
    },
  ],
  meanings: { docker_credential: 'Ref of a stored registry login.' },
  cases: [
    {
      title: 'Volt',
      requests: { run: [1, 1] },
      shown: true,
      args: { docker_credential: 'volt:docker_credential:cred_abc123' },
      sends: ['GET volt /docker-credentials/cred_abc123'],
    },
  ],
});
