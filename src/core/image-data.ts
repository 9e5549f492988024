const MAGIC: [string, RegExp][] = [
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/webp', /^RIFF[\s\S]{4}WEBP/],
];
const PADDING = /={1,2}$/;
const NOT_BASE64 = /[^A-Za-z0-9+/]/;

/** The type of a base64 image by its first bytes; null for anything but PNG, JPEG and WebP. */
function sniff(base64: string): string | null {
  const head = Buffer.from(base64.slice(0, 24), 'base64').toString('latin1');
  return MAGIC.find(([, magic]) => magic.test(head))?.[0] ?? null;
}

/** Base64 image data without a `data:` prefix or line breaks; null if it is no image of a known type. */
export function imageData(text: string): { base64: string; mime_type: string } | null {
  const base64 = text.replace(/^data:[a-z]+\/[a-z0-9.+-]+;base64,/i, '').replace(/\s+/g, '');
  if (NOT_BASE64.test(base64.slice(0, -2) + base64.slice(-2).replace(PADDING, ''))) return null;
  const mime_type = sniff(base64);
  return mime_type === null ? null : { base64, mime_type };
}

/** The rule about base64 images in words. */
export const NO_IMAGE = 'must be a PNG, JPEG or WebP image in base64';
