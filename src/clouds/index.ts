import { normaliseBase } from '../core/base-url.ts';
import type { Clouds } from '../core/cloud.ts';
import { GpuError } from '../core/errors.ts';
import type { CloudId } from '../core/model.ts';
import type { KeyForm } from '../outbound/redact.ts';
import type { RestDeps } from '../outbound/send.ts';
import type { CloudAccess, CloudManifest, UrlSetting } from './manifest.ts';
import { nebula } from './nebula/manifest.ts';
import { ERRORS } from './notes.ts';
import { volt } from './volt/manifest.ts';

export type { Proxies } from '../outbound/send.ts';
export type { CloudAccess, CloudManifest, UrlSetting } from './manifest.ts';

/** The clouds that this program knows: one line a cloud. Their order is that of every list and report. */
export const CLOUDS: readonly CloudManifest[] = [volt, nebula];

/** The forms of these clouds' keys, by which the log and results mask them. */
export const keyFormsOf = (manifests: readonly CloudManifest[]): KeyForm[] =>
  manifests.flatMap(({ key_forms }) => key_forms);

/** An address checked and normalised. @throws GpuError `invalid_input` that names the variable and never repeats the address */
export const readUrl = (setting: UrlSetting, given: string): string =>
  normaliseBase(given, new URL(setting.default).pathname, setting.variable);

/** The clouds that have a key. Sends nothing: connections open at the first call. */
export async function createClouds(
  manifests: readonly CloudManifest[],
  access: Readonly<Record<CloudId, CloudAccess>>,
  deps: RestDeps,
): Promise<Clouds> {
  const opening = manifests.flatMap(({ id, create }) => {
    const own = access[id];
    return own === undefined ? [] : [create(own, deps)];
  });
  const clouds = await Promise.all(opening);
  const ids = clouds.map(({ id }) => id);
  const knows = (id: CloudId) => manifests.some((known) => known.id === id);
  return {
    ids,
    all: () => clouds,
    knows,
    get(id) {
      const found = clouds.find((cloud) => cloud.id === id);
      if (found !== undefined) return found;
      throw knows(id)
        ? new GpuError('not_configured', ERRORS.not_configured(id), { hint: ERRORS.not_configured_next(ids) })
        : new GpuError('invalid_input', ERRORS.unknown_cloud(id), { hint: ERRORS.unknown_cloud_next(ids) });
    },
  };
}
