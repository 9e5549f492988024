import * as z from 'zod';
import { cloudIdSchema } from '../core/cloud-id.ts';
import type { ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { type ApiKey, apiKeySchema } from '../core/model.ts';
import { addedSince } from '../core/outcome.ts';
import type { Planned } from '../core/plan.ts';
import { facts } from '../core/table.ts';
import { quote } from '../core/text.ts';
import { isPlain, labelField, textField } from './account-fields.ts';
import { apiKeysOf, hasApiKeys, LISTS } from './api-keys.ts';
import { DONE, gatedOutput, sentences } from './fields.ts';
import { privateName } from './private-names.ts';
import { defineTool } from './tool.ts';

const input = z.strictObject({
  cloud: cloudIdSchema,
  name: labelField,
  description: textField(200).refine(isPlain, 'must be one line of visible text').optional(),
});
type Input = z.infer<typeof input>;

function refuseWhereShared(ctx: ToolContext): void {
  if (ctx.files.allowsSecrets) return;
  throw new GpuError(
    'unsupported',
    'This server may not write one-time secrets to files. Nothing was sent.',
    {
      hint: 'It serves others over HTTP. Create the key in the console of the cloud, or use a server of your own over stdio.',
    },
  );
}

/** The secret in a private file. @throws GpuError where it could not be written: the key exists, but is of no use */
async function store(ctx: ToolContext, given: Input, key: ApiKey, secret: string): Promise<string> {
  const name = privateName(['api-key', given.cloud, given.name], ctx.now(), 'txt');
  const path = await ctx.files.write(name, secret).catch(() => null);
  if (path !== null) return path;
  throw new GpuError(
    'upstream_error',
    `The key ${key.ref} ${quote(given.name)} was created, but its secret could not be written to the state directory and is lost.`,
    {
      hint: `Revoke it with revoke_api_key (${key.ref}). Before creating another, let the operator check that GPU_MCP_STATE_DIR can be written to.`,
      cloud: given.cloud,
      candidates: [key.ref],
    },
  );
}

/** Creates an API key; its secret goes to a private file, never into a result. */
export const createApiKey = defineTool({
  name: 'create_api_key',
  title: 'Create an API key',
  description:
    'Create an API key. The secret is written to a private file on this machine; only its path is returned. A person must confirm.',
  toolset: 'api_keys',
  effect: 'change',
  needs: hasApiKeys,
  input,
  only: { description: 'nebula' },
  output: gatedOutput({ api_key: apiKeySchema.optional(), secret_file: z.string().optional() }),
  endpoints: ['POST volt /api-keys', 'POST nebula /api-keys', ...LISTS],
  async plan(given, ctx) {
    refuseWhereShared(ctx);
    const at = ctx.clouds.get(given.cloud);
    const keys = apiKeysOf(at);
    const present = await keys.list({ ...ctx.io, fresh: true });
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
      cloud: at.id,
      before: present.map((row) => row.ref),
      facts: { namesake: namesake?.ref ?? null },
      data: null,
    };
  },
  async run(given: Input, ctx: ToolContext) {
    refuseWhereShared(ctx);
    const { name, description } = given;
    const { api_key, secret } = await apiKeysOf(ctx.clouds.get(given.cloud)).create(ctx.io, {
      name,
      description,
    });
    const secret_file = await store(ctx, given, api_key, secret);
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
  // The secret went with the lost reply: a key that turns up is of no use, so it is never reported as a success.
  async reconcile(given: Input, ctx: ToolContext, { before }: Planned<null>) {
    const rows = await apiKeysOf(ctx.clouds.get(given.cloud)).list({ ...ctx.io, fresh: true });
    const found = addedSince(before, rows, given.name).map((row) => row.ref);
    if (found.length === 0) return { notFound: `No new API key named ${quote(given.name)} is listed yet.` };
    return {
      ambiguous: found,
      why: `A new API key named ${quote(given.name)} exists, but its secret was in the lost reply and cannot be had again. Advise the user to revoke it (revoke_api_key) and to create another.`,
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
