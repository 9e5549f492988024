/** A piece of content beside the text: an image, a link to a file, an embedded document. */
export type Extra =
  | { type: 'image'; data: string; mimeType: string }
  | { type: 'resource_link'; uri: string; name: string; mimeType: string }
  | { type: 'resource'; resource: { uri: string; mimeType: string; blob: string } };

/**
 * How a call ended: `done` with its output (and content that belongs beside the text, not in it), or `look`,
 * where the cloud accepted a write but named nothing, so that the result has to be found by looking.
 */
export type Written<O> = { done: O; extras?: Extra[] } | { look: string };

/** What one look after a write found. `several` and `none` carry what can be told instead. */
export type Found<O> =
  | { found: O }
  | { none: string; candidates?: string[] | undefined }
  | { several: string[]; why: string };

/**
 * The rows that were not there before and that carry the given name: what an order of that name may have made.
 * Exactly one is the order's; none or several leave the outcome open.
 */
export function newcomers<T extends { ref: string; name: string | null }>(
  before: readonly string[],
  after: readonly T[],
  name: string,
): T[] {
  const known = new Set(before);
  return after.filter((row) => !known.has(row.ref) && row.name === name);
}
