import type { Cloud } from '../core/cloud.ts';
import type { Clouds } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import type { RestDeps } from '../outbound/send.ts';
import { createNebula } from './nebula/index.ts';
import { createVolt } from './volt/index.ts';

/** Keys and addresses of the clouds to use; null = not configured. */
export interface CloudSettings {
  volt: { apiKey: string; baseUrl: string } | null;
  nebula: { apiKey: string; baseUrl: string; inferenceUrl: string } | null;
}

/** The configured clouds. Nothing is sent: connections open at the first call. */
export function createClouds(settings: CloudSettings, deps: RestDeps): Clouds {
  const clouds: Cloud[] = [];
  if (settings.volt !== null) clouds.push(createVolt({ ...settings.volt, deps }));
  if (settings.nebula !== null) clouds.push(createNebula({ ...settings.nebula, deps }));
  const ids = clouds.map((cloud) => cloud.id);
  return {
    ids,
    all: () => clouds,
    get(id) {
      const found = clouds.find((cloud) => cloud.id === id);
      if (found !== undefined) return found;
      throw new GpuError('not_configured', `The cloud "${id}" is not configured here.`, {
        hint: `Configured: ${ids.join(', ')}. The operator can set the API key of another one.`,
      });
    },
  };
}
