import { fail } from './errors.ts';

const MAGIC: [string, RegExp][] = [
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/webp', /^RIFF[\s\S]{4}WEBP/],
];
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const MAX_IMAGE_CHARS = 14_000_000;

/** The type of a base64 image, told from its first bytes; null for anything but PNG, JPEG and WebP. */
export function sniff(base64: string): string | null {
  const head = Buffer.from(base64.slice(0, 24), 'base64').toString('latin1');
  return MAGIC.find(([, magic]) => magic.test(head))?.[0] ?? null;
}

/** Base64 image data without a `data:` prefix or line breaks; null where it is no image of a known type, or over 10 MiB. */
export function imageData(text: string): { base64: string; mime_type: string } | null {
  if (text.length > MAX_IMAGE_CHARS + 100) return null;
  const base64 = text.replace(/^data:[a-z]+\/[a-z0-9.+-]+;base64,/i, '').replace(/\s+/g, '');
  if (base64.length > MAX_IMAGE_CHARS || !BASE64.test(base64)) return null;
  const mime_type = sniff(base64);
  return mime_type === null ? null : { base64, mime_type };
}

/**
 * An image that goes to the inference API as bare base64.
 * @throws GpuError `invalid_input` where it is not one.
 */
export function imageInput(text: string, field: string): string {
  const image = imageData(text);
  if (image !== null) return image.base64;
  throw fail('invalid_input', `${field}: not a PNG, JPEG or WebP image in base64 of at most 10 MiB.`);
}
