import { createHash } from 'node:crypto';
import type { ListedTool } from '../../engine/catalogue.ts';

declare const __TOKENS__: string | undefined;

/** Counted when the package was built: o200k_base tokens by fingerprint. Empty where the source runs unbundled. */
const COUNTED: Readonly<Record<string, number>> = JSON.parse(
  typeof __TOKENS__ === 'string' ? __TOKENS__ : '{}',
);

/** Characters of this catalogue to an o200k_base token: 4.2 on the whole, 3.8 to 4.7 for a tool (measured). */
const CHARACTERS_PER_TOKEN = 4.2;

/** The part of a tool that a model sees, as the text that is counted. Hosts do not show it the output schema. */
export const visibleText = ({ name, title, description, inputSchema, annotations }: ListedTool): string =>
  JSON.stringify({ name, title, description, inputSchema, annotations });

/** A short name for a text. */
export const fingerprint = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 12);

/** What a tool costs a model's context. `exact` is false for an estimate. */
export function tokensOf(tool: ListedTool): { tokens: number; exact: boolean } {
  const text = visibleText(tool);
  const counted = COUNTED[fingerprint(text)];
  return counted === undefined
    ? { tokens: Math.round(text.length / CHARACTERS_PER_TOKEN), exact: false }
    : { tokens: counted, exact: true };
}
