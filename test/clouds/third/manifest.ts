import type { CloudManifest } from '../../../src/clouds/index.ts';

/** A cloud that exists for tests alone: products, pods and SSH keys, and nothing else. Its simulator is beside it. */
export const acme: CloudManifest = {
  id: 'acme',
  title: 'AcmeGPU',
  full_title: 'Acme Compute',
  settings: {
    key: 'ACME_API_KEY',
    urls: {
      api: {
        variable: 'ACME_BASE_URL',
        flag: 'acme-base-url',
        default: 'https://api.acme.example/v2',
        meaning: 'Acme API',
      },
    },
  },
  key_header: 'X-Acme-Api-Key',
  key_forms: [{ starts: 'acme-', pattern: /(?<![A-Za-z0-9])acme-sk-[A-Za-z0-9]{8,}/g }],
  dashboard: { words: 'the Acme console', url: 'https://console.acme.example' },
  create: async (access, deps) => (await import('./cloud.ts')).createAcme(access, deps),
};
