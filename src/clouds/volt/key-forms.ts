import type { KeyForm } from '../../outbound/redact.ts';

/** Keys start `volt_`, inference keys `vgpu_` (Volt API Reference); a preview such as `volt_...x7f2` is not one. */
export const VOLT_KEY_FORMS: readonly KeyForm[] = ['volt_', 'vgpu_'].map((starts) => ({
  starts,
  pattern: new RegExp(String.raw`(?<![A-Za-z0-9])${starts}(?!\.{3}[A-Za-z0-9]{0,6}(?![\w.-]))[\w.-]+`, 'g'),
}));
