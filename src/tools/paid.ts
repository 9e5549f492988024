import type { ToolContext } from '../core/context.ts';
import type { Extra } from '../core/outcome.ts';
import { fileUri, privateName } from './private-names.ts';

/** Something that was paid for. `type`: its MIME type. */
export interface Paid {
  /** Parts of the file's name. */
  name: readonly string[];
  extension: string;
  type: string;
  content: string | Uint8Array;
}

/** Hosts refuse a whole result with a longer part in it: in Claude Desktop at 1,048,576 characters, the text included. */
export const MAX_INLINE = 700_000;

/** What an answer says of what could not be written to a file. */
export const unkept = ({ embedded }: Kept): string =>
  embedded
    ? 'could not be written to a file on the server; this answer carries it as an embedded resource'
    : 'could not be written to a file on the server and is lost';

/** Where it is kept; null if it could not be written. `embedded`: the answer carries it. */
export interface Kept {
  file: string | null;
  embedded: boolean;
  extras: Extra[];
}

/**
 * Keeps what was paid for whole in a private file, however little of it the answer shows. A caller of a shared server
 * cannot open that file: `embeds`, and the answer carries it too.
 */
export async function keepPaid(ctx: ToolContext, paid: Paid, embeds = true): Promise<Kept> {
  const { content, type: mimeType } = paid;
  const name = privateName(paid.name, ctx.now(), paid.extension);
  const file = await ctx.files.write(name, content).catch(() => null);
  const uri = file === null ? `gpu://paid/${encodeURIComponent(name)}` : fileUri(file);
  const blob = () => Buffer.from(content).toString('base64');
  const embedded =
    embeds && content.length <= (MAX_INLINE * 3) / 4 && (file === null || !ctx.files.allowsSecrets);
  return {
    file,
    embedded,
    extras: [
      ...(file === null ? [] : [{ type: 'resource_link' as const, uri, name, mimeType }]),
      ...(embedded ? [{ type: 'resource' as const, resource: { uri, mimeType, blob: blob() } }] : []),
    ],
  };
}
