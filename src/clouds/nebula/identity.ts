import type { CloudManifest } from '../manifest.ts';

/**
 * Keys start `ak_` (Nebula Block API Reference, API Keys). Ids of Volt's keys look like `ak_001`, so that `ak_` counts
 * only with 12 characters or more behind it (our choice), or if it was cut to fit: that is still part of a key.
 */
const key_forms: CloudManifest['key_forms'] = [
  {
    starts: 'ak_',
    pattern: /(?<![A-Za-z0-9])ak_[\w.-]*…?/g,
    write: (run, mask) => (run.endsWith('…') ? `ak_${mask}…` : run),
  },
  { starts: 'ak_', pattern: /(?<![A-Za-z0-9])ak_[A-Za-z0-9_-]{12,}/g },
];

/** The part of the manifest that the adapter needs, too. */
export const NEBULA = { id: 'nebula', title: 'Nebula', key_forms };
