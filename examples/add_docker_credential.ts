import { CREDENTIAL_NOTES } from '../src/clouds/volt/notes.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Store our ghcr.io login for acme-bot; the password is in GPU_MCP_SECRET_GHCR.',
      args: {
        name: 'ghcr',
        registry: 'ghcr.io',
        username: 'acme-bot',
        password_env: 'GPU_MCP_SECRET_GHCR',
      },
    },
  ],
  meanings: {
    name: 'Name to find it by.',
    registry: 'Host of the registry, such as `ghcr.io`; https if with a scheme.',
    username: 'User name at the registry.',
    password_env:
      'Name of an environment variable of this server, `GPU_MCP_SECRET_…`, that holds the password, or of a private file in `secrets/` of its state directory: it never enters the conversation. This or `password`.',
    password: 'The password itself; it passes through the conversation. Better: `password_env`.',
  },
  cases: [
    {
      title: 'Volt',
      requests: { plan: [1, 1], run: [2, 2] },
      shown: true,
      args: {
        name: 'ghcr',
        registry: 'ghcr.io',
        username: 'my-org',
        password_env: 'GPU_MCP_SECRET_GHCR',
      },
      sends: [
        [
          'POST volt /docker-credentials',
          { name: 'ghcr', registry: 'ghcr.io', username: 'my-org', password: '$GPU_MCP_SECRET_GHCR' },
        ],
      ],
      challenge: 'add',
      says: ['GPU_MCP_SECRET_GHCR', ...CREDENTIAL_NOTES.add],
      effect: { makes: 'volt.credentials', name: 'ghcr' },
    },
  ],
});
