import type { ToolContext } from '../core/context.ts';
import type { Extra } from '../core/outcome.ts';

// Results and documents that are kept in files or resources.

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
function fileUri(path: string): string {
  const slashed = path.replaceAll('\\', '/');
  const rooted = slashed.startsWith('/') ? slashed : `/${slashed}`;
  return `file://${rooted.split('/').map(encodeURIComponent).join('/')}`;
}

/** A result that was paid for. `type`: its MIME type. */
interface Paid {
  /** Parts of the file's name. */
  name: readonly string[];
  extension: string;
  type: string;
  content: string | Uint8Array;
}

/** Hosts refuse a whole result with a longer part in it: in Claude Desktop at 1,048,576 characters, the text included. */
export const MAX_INLINE = 700_000;

/** The place of a kept result, for a sentence. */
export const placeOf = (file: string): string =>
  isResource(file) ? `the resource ${file}, which you can read for an hour` : `the file ${file}`;

/** The fate of a result that could not be kept, for a sentence. */
export const unkept = ({ embedded }: Kept): string =>
  embedded
    ? 'could not be kept on the server; this answer carries it as an embedded resource'
    : 'could not be kept on the server and is lost';

const isResource = (file: string): boolean => file.startsWith('gpu://');

/** The URI of a kept result, for a link. */
export const uriOf = (file: string): string => (isResource(file) ? file : fileUri(file));

/** The path of its file, or its `gpu://` URI; null if it could not be kept. `embedded`: the answer carries it. */
export interface Kept {
  file: string | null;
  embedded: boolean;
  extras: Extra[];
}

/**
 * Keeps the whole result, even if the answer shows only a part of it. One that could not be kept is embedded in the
 * answer, if `embeds` is true and hosts accept its size.
 */
export async function keepPaid(ctx: ToolContext, paid: Paid, embeds = true): Promise<Kept> {
  const { content, type: mimeType } = paid;
  const name = privateName(paid.name, ctx.now(), paid.extension);
  const file = await ctx.savePaid(name, mimeType, content).catch(() => null);
  if (file !== null) {
    const link: Extra = { type: 'resource_link', uri: uriOf(file), name, mimeType };
    return { file, embedded: false, extras: [link] };
  }
  if (!embeds || content.length > (MAX_INLINE * 3) / 4) return { file, embedded: false, extras: [] };
  const uri = `gpu://paid/${encodeURIComponent(name)}`;
  const blob = Buffer.from(content).toString('base64');
  return { file, embedded: true, extras: [{ type: 'resource', resource: { uri, mimeType, blob } }] };
}
