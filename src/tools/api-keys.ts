import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import { offered, resolve, type ToolContext } from '../core/context.ts';
import { isCode } from '../core/errors.ts';
import { errorLines } from '../core/gather.ts';
import { type ApiKey, apiKeySchema } from '../core/model.ts';
import { shown, table } from '../core/table.ts';
import { quote } from '../core/text.ts';
import { challengeOf, describeThing, listPage, pick } from './account-fields.ts';
import { cloudField, listOutput, pageFields, refField, sentences } from './fields.ts';
import { afterRemoval, lookForRemoval, type Removal, removalOutput } from './removal.ts';
import { defineTool } from './tool.ts';

/** True for a cloud whose API keys can be managed. */
export const hasApiKeys = (cloud: Cloud): boolean => cloud.apiKeys !== undefined;

/** The API key group of a cloud. @throws GpuError `unsupported` */
export const apiKeysOf = (at: Cloud) => offered(at.apiKeys, at, 'API keys', 'Use the console of the cloud.');

/** Every endpoint that may answer the list of keys. */
export const LISTS = [
  'GET volt /api-keys',
  'GET nebula /api_keys',
  'GET nebula /api-keys',
  'GET nebula /keys',
] as const;

const inUse = ({ in_use }: ApiKey): string => (in_use === null ? '?' : in_use ? 'yes' : 'no');

/** The API keys of the accounts, by their previews. */
export const listApiKeys = defineTool({
  name: 'list_api_keys',
  title: 'List API keys',
  description:
    "List the accounts' API keys by preview; in_use marks this server's own, where that can be told.",
  toolset: 'api_keys',
  effect: 'read',
  needs: hasApiKeys,
  input: z.strictObject({ cloud: cloudField, ...pageFields }),
  output: listOutput('api_keys', apiKeySchema),
  endpoints: LISTS,
  async run(input, ctx) {
    const { rows, rest } = await listPage(ctx, input, hasApiKeys, (cloud) => cloud.apiKeys?.list(ctx.io));
    return { done: { api_keys: rows, ...rest } };
  },
  text: ({ api_keys, total, next_cursor, errors }) =>
    total === 0
      ? `No API keys.${errorLines(errors)}`
      : [
          table(
            ['api_key', 'name', 'preview', 'used by this server', 'last used', 'created'],
            api_keys.map((key) => [
              key.ref,
              key.name,
              key.preview,
              inUse(key),
              key.last_used_at_utc,
              key.created_at_utc,
            ]),
          ),
          shown(api_keys.length, total, 'API key', next_cursor),
        ].join('\n') + errorLines(errors),
});

/** What a person must read first, by whether the key is this server's own. */
function lockOut(key: ApiKey, at: Cloud): string[] {
  if (key.in_use === true) {
    return [
      `LOCK-OUT: as far as its preview tells, this is the key that this server itself uses for ${at.title}. Revoking it cuts the server off: it can then neither see nor stop what runs and costs money there, until it is given another key.`,
    ];
  }
  if (key.in_use === null) {
    return [
      `It cannot be told whether this is the key that this server itself uses for ${at.title}. If it is, revoking it locks the server out: it can then neither see nor stop what runs and costs money there.`,
    ];
  }
  return [];
}

function removalOf(ctx: ToolContext, ref: string): Removal {
  const { at } = resolve(ctx, ref, 'api_key');
  const left = () => apiKeysOf(at).list({ ...ctx.io, fresh: true });
  return { ref, kind: 'api_key', at, verb: 'revoked', left };
}

/**
 * The same, but being refused counts as seeing that the key is gone: the list could be read with this server's key
 * just before. Only for keys that may be this server's own.
 */
function ownRemoval(ctx: ToolContext, key: ApiKey): { removal: Removal; locked: () => boolean } {
  const plain = removalOf(ctx, key.ref);
  if (key.in_use === false) return { removal: plain, locked: () => false };
  let locked = false;
  const left = () =>
    plain.left().catch((error: unknown) => {
      if (!isCode(error, 'unauthorized')) throw error;
      locked = true;
      return [];
    });
  return { removal: { ...plain, left }, locked: () => locked };
}

const lockedNote = (at: Cloud): string =>
  `${at.title} no longer accepts this server's own key: it was the one that was revoked. The operator must give the server another key.`;

/** Revokes an API key. */
export const revokeApiKey = defineTool({
  name: 'revoke_api_key',
  title: 'Revoke an API key',
  description:
    'Revoke an API key at once; every program that uses it stops working, this server included if it is its own. A person must confirm by typing its name.',
  toolset: 'api_keys',
  effect: 'destroy',
  needs: hasApiKeys,
  input: z.strictObject({ api_key: refField.describe('api key ref') }),
  output: removalOutput,
  endpoints: ['DELETE volt /api-keys', 'DELETE nebula /api-keys/:id', ...LISTS],
  async plan(given, ctx) {
    const { at } = resolve(ctx, given.api_key, 'api_key');
    const keys = apiKeysOf(at);
    const key = pick(await keys.list({ ...ctx.io, fresh: true }), given.api_key, 'api_key', at);
    return {
      plan: {
        ref: given.api_key,
        summary: `Revoke ${describeThing(at, 'API key', key)} for good.`,
        effects: [
          sentences(
            key.preview === null ? null : `Its preview is ${quote(key.preview)}.`,
            key.last_used_at_utc === null ? null : `It was last used at ${key.last_used_at_utc}.`,
            'It cannot be restored.',
          ),
        ],
        consequences: [...lockOut(key, at), ...keys.notes.revoke],
        challenge: challengeOf(key),
      },
      cloud: at.id,
      facts: { name: key.name, preview: key.preview, in_use: key.in_use },
      data: key,
    };
  },
  async run(given, ctx, { data }) {
    const { at, id } = resolve(ctx, given.api_key, 'api_key');
    const { removal, locked } = ownRemoval(ctx, data);
    const done = await afterRemoval(removal, await apiKeysOf(at).revoke(ctx.io, id));
    return { done: locked() ? { ...done, message: sentences(done.message, lockedNote(at)) } : done };
  },
  async reconcile(given, ctx, { data }) {
    const { at } = resolve(ctx, given.api_key, 'api_key');
    const { removal, locked } = ownRemoval(ctx, data);
    const found = await lookForRemoval(removal);
    if (!locked() || !('found' in found)) return found;
    return { found: { ...found.found, message: `${given.api_key} is revoked. ${lockedNote(at)}` } };
  },
});
