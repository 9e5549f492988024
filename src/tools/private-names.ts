/** A name for a private file: parts in small letters and digits joined by dashes, then the time to the millisecond. */
export function privateName(parts: readonly string[], now: Date, extension: string): string {
  const slug = parts
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
  return `${slug}-${now.toISOString().replace(/[-:.]/g, '')}.${extension}`;
}

/** The `file:` URI of a path, every character that a URI reserves encoded (RFC 8089). */
export function fileUri(path: string): string {
  const slashed = path.replaceAll('\\', '/');
  const rooted = slashed.startsWith('/') ? slashed : `/${slashed}`;
  return `file://${rooted.split('/').map(encodeURIComponent).join('/')}`;
}
