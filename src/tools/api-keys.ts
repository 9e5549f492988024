import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import type { ReservedFile, ToolContext } from '../core/context.ts';
import { GpuError, isCode } from '../core/errors.ts';
import { requireFeature } from '../core/features.ts';
import { newestFirst } from '../core/list.ts';
import { type ApiKey, apiKeySchema, cloudIdSchema } from '../core/model.ts';
import { addedSince } from '../core/outcome.ts';
import type { Planned } from '../core/plan.ts';
import { facts, quote } from '../core/text.ts';
import {
  cloudField,
  DONE,
  findListed,
  gatedOutput,
  head,
  isPlain,
  labelField,
  pageFields,
  sentences,
  textField,
} from './fields.ts';
import { privateName } from './kept.ts';
import { listTool } from './list.ts';
import { removalTool } from './removal.ts';
import { defineTool } from './tool.ts';

const inUse = ({ in_use }: ApiKey): string => (in_use === null ? '?' : in_use ? 'yes' : 'no');

/** The API keys of the accounts, by their previews. */
export const listApiKeys = listTool({
  name: 'list_api_keys',
  title: 'List API keys',
  description:
    "List the accounts' API keys by preview, newest first; in_use marks this server's own, if known.",
  toolset: 'api_keys',
  needs: 'apiKeys',
  plural: 'api_keys',
  noun: 'API key',
  row: apiKeySchema,
  input: z.strictObject({ cloud: cloudField, ...pageFields }),
  read: (cloud, io) => cloud.apiKeys?.list(io),
  order: newestFirst(({ created_at_utc }) => created_at_utc),
  columns: {
    api_key: ({ ref }) => ref,
    name: ({ name }) => name,
    preview: ({ preview }) => preview,
    'used by this server': inUse,
    'last used': ({ last_used_at_utc }) => last_used_at_utc,
    created: ({ created_at_utc }) => created_at_utc,
  },
  wide: { description: ({ description }) => description },
  fields: {
    narrow: ['ref', 'name', 'preview', 'in_use', 'last_used_at_utc', 'created_at_utc'],
    wide: ['description'],
  },
  empty: 'No API keys.',
});

const createInput = z.strictObject({
  cloud: cloudIdSchema,
  name: labelField,
  description: textField(200).refine(isPlain, 'must be one line of visible text').optional(),
});
type CreateInput = z.infer<typeof createInput>;

function refuseIfShared(ctx: ToolContext): void {
  if (ctx.files.allowsSecrets) return;
  throw new GpuError(
    'unsupported',
    'This server may not write one-time secrets to files. Nothing was sent.',
    {
      hint: 'It serves others over HTTP. Create the key in the console of the cloud, or use a server of your own over stdio.',
    },
  );
}

/** Creates the file of the secret before the key. @throws GpuError if that fails: nothing was sent */
function reserve(ctx: ToolContext, given: CreateInput): Promise<ReservedFile> {
  const name = privateName(['api-key', given.cloud, given.name], ctx.now(), 'txt');
  return ctx.files.reserve(name).catch((cause: unknown) => {
    throw new GpuError(
      'upstream_error',
      'The file for the secret could not be made in the state directory, so nothing was sent.',
      {
        hint: 'The operator can check that GPU_MCP_STATE_DIR can be written to; then ask for a new plan.',
        cause,
      },
    );
  });
}

/** The error for a key whose secret could not be written: the key exists and cannot be used. */
const lost = (given: CreateInput, key: ApiKey): GpuError =>
  new GpuError(
    'upstream_error',
    `The key ${key.ref} ${quote(given.name)} was created, but its secret could not be written to the state directory and is lost.`,
    {
      hint: `Revoke it with revoke_api_key (${key.ref}). Before creating another, let the operator check that GPU_MCP_STATE_DIR can be written to.`,
      cloud: given.cloud,
      candidates: [key.ref],
    },
  );

/** Creates an API key; its secret goes to a private file, never into a result. */
export const createApiKey = defineTool({
  name: 'create_api_key',
  title: 'Create an API key',
  description:
    'Create an API key. The secret goes to a private file on this machine; only its path is returned. A person must confirm.',
  toolset: 'api_keys',
  effect: 'change',
  needs: 'apiKeys',
  input: createInput,
  only: { description: ({ apiKeys }) => apiKeys?.has_descriptions === true },
  output: gatedOutput({ api_key: apiKeySchema.optional(), secret_file: z.string().optional() }),
  async plan(given, ctx) {
    refuseIfShared(ctx);
    const at = ctx.clouds.get(given.cloud);
    const keys = requireFeature(at, 'apiKeys');
    if (given.description !== undefined && !keys.has_descriptions) {
      throw new GpuError('invalid_input', `description: ${at.title} keeps none of an API key.`, {
        hint: 'Leave it out, or put it into the name.',
        cloud: at.id,
      });
    }
    const present = await keys.list(ctx.io);
    const namesake = present.find((row) => row.name === given.name);
    return {
      plan: {
        ref: null,
        summary: `Create an API key named ${quote(given.name)} in the ${at.title} account.`,
        effects: [
          'The secret is written to a file that only the user of this server can read (mode 0600); it is not shown here.',
        ],
        consequences: [
          ...keys.notes.create,
          ...(namesake === undefined ? [] : [`${namesake.ref} has the same name already.`]),
        ],
        challenge: 'create',
      },
      head: head(
        `Create ${at.title} API key`,
        given.name,
        'Anyone who gets the key can rent and delete on this account.',
      ),
      cloud: at.id,
      before: present.map((row) => row.ref),
      facts: { namesake: namesake?.ref ?? null },
      data: null,
    };
  },
  async run(given: CreateInput, ctx: ToolContext) {
    refuseIfShared(ctx);
    const { name, description } = given;
    const keys = requireFeature(ctx.clouds.get(given.cloud), 'apiKeys');
    const file = await reserve(ctx, given);
    const { api_key, secret } = await keys
      .create(ctx.io, { name, description })
      .catch(async (error: unknown) => {
        await file.drop();
        throw error;
      });
    ctx.hide(secret);
    await file.fill(secret).catch(async () => {
      await file.drop();
      throw lost(given, api_key);
    });
    const secret_file = file.path;
    return {
      ref: api_key.ref,
      done: {
        status: DONE,
        api_key,
        secret_file,
        message: sentences(
          `API key ${api_key.ref} is created. Its secret is in ${secret_file} (readable by this user only).`,
          'Do not print the file; let the user move it to a safe place.',
          description !== undefined && api_key.description === null ? 'The cloud kept no description.' : null,
        ),
      },
    };
  },
  // The secret was in the lost reply: a key that is listed now cannot be used, so it is never reported as a success.
  async reconcile(given: CreateInput, ctx: ToolContext, { before }: Planned<null>) {
    const rows = await requireFeature(ctx.clouds.get(given.cloud), 'apiKeys').list(ctx.io);
    const found = addedSince(before, rows, given.name).map((row) => row.ref);
    if (found.length === 0) return { notFound: `No new API key named ${quote(given.name)} is listed yet.` };
    return {
      ambiguous: found,
      why: `A new API key named ${quote(given.name)} exists, but its secret was in the lost reply and cannot be read again. Advise the user to revoke it (revoke_api_key) and to create another.`,
    };
  },
  text: ({ message, api_key, secret_file }) =>
    api_key === undefined
      ? message
      : `${message}\n${facts([
          ['api_key', api_key.ref],
          ['name', quote(api_key.name)],
          ['secret file', secret_file],
        ])}`,
});

/** The warning for a key that is, or may be, this server's own. */
function lockOut(key: ApiKey, at: Cloud): string[] {
  if (key.in_use === true) {
    return [
      `LOCK-OUT: judging by its preview, this is the key that this server itself uses for ${at.title}. Revoking it cuts the server off: it can then neither see nor stop what runs and costs money there, until it is given another key.`,
    ];
  }
  if (key.in_use === null) {
    return [
      `It is not known whether this is the key that this server itself uses for ${at.title}. If it is, revoking it locks the server out: it can then neither see nor stop what runs and costs money there.`,
    ];
  }
  return [];
}

/** What revoking the key of this server means. `isCertain`: false if it only may have been that key. */
export const ownKeyRevoked = (cloud: string, isCertain: boolean): string =>
  `${isCertain ? 'It was' : 'It may have been'} the key that this server itself uses: if ${cloud} refuses the next call, the operator must give the server another key.`;

/** Revokes an API key. */
export const revokeApiKey = removalTool({
  name: 'revoke_api_key',
  title: 'Revoke an API key',
  description:
    'Revoke an API key at once; every program that uses it stops working, this server included if it is its own. A person must confirm.',
  toolset: 'api_keys',
  needs: 'apiKeys',
  kind: 'api_key',
  noun: 'API key',
  verb: { imperative: 'Revoke', past: 'revoked', scope: 'for good' },
  async plan({ at, ref }, io) {
    const keys = requireFeature(at, 'apiKeys');
    const key = findListed(await keys.list(io), ref, 'api_key', at);
    return {
      thing: key,
      effects: [
        sentences(
          key.preview === null ? null : `Its preview is ${quote(key.preview)}.`,
          key.last_used_at_utc === null ? null : `It was last used at ${key.last_used_at_utc}.`,
          'It cannot be restored.',
        ),
      ],
      consequences: [...lockOut(key, at), ...keys.notes.revoke],
      facts: { name: key.name, preview: key.preview, in_use: key.in_use },
      worst:
        key.in_use === false
          ? 'Every program that uses it loses access at once.'
          : 'LOCK-OUT: this is, or may be, the key that this server itself uses.',
    };
  },
  remove: ({ at, id }, io) => requireFeature(at, 'apiKeys').revoke(io, id),
  left: ({ at }, io) => requireFeature(at, 'apiKeys').list(io),
  afterwards: ({ at }, { in_use }) => (in_use === false ? null : ownKeyRevoked(at.title, in_use === true)),
  // The list was readable with this server's key just before, so a refusal now shows that it was that key.
  provedBy: (error, { at }, key) =>
    key.in_use !== false && isCode(error, 'unauthorized')
      ? `${at.title} no longer accepts this server's own key: it was the one that was revoked. The operator must give the server another key.`
      : null,
});
