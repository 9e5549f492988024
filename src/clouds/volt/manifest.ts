import type { CloudManifest } from '../manifest.ts';
import { VOLT } from './identity.ts';

/** The documented base URL (Volt API Reference, Base URL & Authentication). */
const BASE_URL = 'https://api.voltagegpu.com/api/volt';

/** Volt (VoltageGPU): Lium and Targon pods, managed fine-tuning. */
export const volt: CloudManifest = {
  ...VOLT,
  full_title: 'Volt (VoltageGPU)',
  settings: {
    key: 'VOLT_API_KEY',
    urls: {
      api: { variable: 'VOLT_BASE_URL', flag: 'volt-base-url', default: BASE_URL, meaning: 'Volt API' },
    },
  },
  key_header: 'X-Volt-Api-Key',
  // Volt API Reference, Authentication; the address is that of its documents, which name no page of the dashboard.
  dashboard: {
    words: 'the VoltageGPU dashboard (API Keys > Generate)',
    url: 'https://voltagegpu.com',
  },
  create: async ({ key, urls }, deps) => {
    const { createVolt } = await import('./index.ts');
    return createVolt(key, { api: urls.api ?? BASE_URL }, deps);
  },
};
