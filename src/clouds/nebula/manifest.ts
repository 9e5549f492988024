import type { CloudManifest } from '../manifest.ts';
import { NEBULA } from './identity.ts';

/** Platform API (Nebula Block API Reference, Overview). */
const BASE_URL = 'https://api.nebulablock.com/api/v1';
/** OpenAI-compatible inference (Nebula Block API Reference, Inference API). */
const INFERENCE_URL = 'https://inference.nebulablock.com/v1';

/** Nebula Block: instances, billing, inference. */
export const nebula: CloudManifest = {
  ...NEBULA,
  full_title: 'Nebula Block',
  settings: {
    key: 'NEBULA_API_KEY',
    urls: {
      api: {
        variable: 'NEBULA_BASE_URL',
        flag: 'nebula-base-url',
        default: BASE_URL,
        meaning: 'Nebula platform API',
      },
      inference: {
        variable: 'NEBULA_INFERENCE_URL',
        flag: 'nebula-inference-url',
        default: INFERENCE_URL,
        meaning: 'Nebula inference API',
      },
    },
  },
  key_header: 'X-Nebula-Api-Key',
  // Nebula Block API Reference, API Keys; the address is that of the company, its documents link no page of the console.
  dashboard: { words: 'the Nebula Block dashboard (API Keys)', url: 'https://www.nebulablock.com' },
  create: async ({ key, urls }, deps) => {
    const { createNebula } = await import('./index.ts');
    const { api = BASE_URL, inference = INFERENCE_URL } = urls;
    return createNebula(key, { api, inference }, deps);
  },
};
