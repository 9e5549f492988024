import type { HttpSettings } from '../config/http.ts';
import type { Peer } from './exchange.ts';
import { SCOPES } from './oauth.ts';
import { json } from './reply.ts';

/** Where the metadata lies for a resource at the root, and for the resource `/mcp` (RFC 9728 section 3.1). */
export const METADATA_PATHS = [
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-protected-resource/mcp',
] as const;

type Reached = Pick<HttpSettings, 'publicUrl'>;

const baseOf = ({ publicUrl }: Reached, { scheme, host }: Peer): string => publicUrl ?? `${scheme}://${host}`;

/** The address of the metadata, as the other end reaches it. */
export const metadataUrl = (settings: Reached, peer: Peer): string => {
  const { origin, pathname } = new URL(baseOf(settings, peer));
  return `${origin}${METADATA_PATHS[0]}${pathname.replace(/\/$/, '')}/mcp`;
};

/** OAuth 2.0 Protected Resource Metadata (RFC 9728 section 2): which authorization server gives out tokens for us. */
export function resourceMetadata(settings: HttpSettings, peer: Peer): Response {
  if (settings.oauth === null) return json(404, { error: 'This server does not use OAuth.' });
  return json(200, {
    resource: `${baseOf(settings, peer)}/mcp`,
    authorization_servers: [settings.oauth.issuer],
    scopes_supported: SCOPES,
    bearer_methods_supported: ['header'],
    resource_name: 'gpu-cloud-mcp',
  });
}
