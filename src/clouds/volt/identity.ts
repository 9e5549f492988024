import type { CloudManifest } from '../manifest.ts';

/** Keys start `volt_`, inference keys `vgpu_` (Volt API Reference); a preview such as `volt_...x7f2` is not one. */
const key_forms: CloudManifest['key_forms'] = ['volt_', 'vgpu_'].map((starts) => ({
  starts,
  pattern: new RegExp(String.raw`(?<![A-Za-z0-9])${starts}(?!\.{3}[A-Za-z0-9]{0,6}(?![\w.-]))[\w.-]+`, 'g'),
}));

/** The part of the manifest that the adapter needs, too. */
export const VOLT = { id: 'volt', title: 'Volt', key_forms };
