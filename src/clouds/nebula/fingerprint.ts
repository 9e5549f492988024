const PUBLIC_KEY = /^\s*((?:ssh|ecdsa|sk)-[a-z0-9@.-]+)\s+([A-Za-z0-9+/]+={0,2})(?:\s|$)/;

/** The type and the base64 blob of an OpenSSH public key; null where the text is not one. */
export function readPublicKey(text: string | null | undefined): { type: string; blob: string } | null {
  const [, type, blob] = PUBLIC_KEY.exec(text ?? '') ?? [];
  return type === undefined || blob === undefined ? null : { type, blob };
}

/** The OpenSSH fingerprint `SHA256:…` of a public key, computed here because Nebula Block names none. */
export async function fingerprint(text: string | null | undefined): Promise<string | null> {
  const key = readPublicKey(text);
  if (key === null) return null;
  const hash = await globalThis.crypto.subtle.digest('SHA-256', Buffer.from(key.blob, 'base64'));
  return `SHA256:${Buffer.from(hash).toString('base64').replace(/=+$/, '')}`;
}

/** A public key as lists show it: its type and its last 12 characters. */
export function shorten(text: string | null | undefined): string | null {
  const key = readPublicKey(text);
  return key === null ? null : `${key.type} …${key.blob.slice(-12)}`;
}
