import * as z from 'zod';
import type { Cloud, Io } from '../core/cloud.ts';
import { chooseCloud, plannedCloud, resolve, type ToolContext } from '../core/context.ts';
import { asGpuError, type ErrorCode, GpuError, isCode } from '../core/errors.ts';
import { requireFeature } from '../core/features.ts';
import { newestFirst } from '../core/list.ts';
import { type DockerCredential, dockerCredentialSchema, type Template } from '../core/model.ts';
import { addedSince } from '../core/outcome.ts';
import { counted, facts, quote } from '../core/text.ts';
import { DONE, gatedOutput, head, isPlain, labelField, pageFields, refField, textField } from './fields.ts';
import { listTool } from './list.ts';
import { adoptNamed } from './reconcile.ts';
import { removalTool } from './removal.ts';
import { defineTool } from './tool.ts';

const credentialField = refField('docker_credential').describe('docker credential ref');

/** A registry login as lines for the model; its password can never be read back. */
const credentialText = (credential: DockerCredential): string =>
  facts([
    ['docker_credential', credential.ref],
    ['name', quote(credential.name)],
    ['registry', credential.registry],
    ['username', credential.username],
    ['created', credential.created_at_utc],
  ]);

/** The stored logins of container registries. */
export const listDockerCredentials = listTool({
  name: 'list_docker_credentials',
  title: 'List registry logins',
  description:
    'List stored logins of private Docker registries (never passwords), newest first, for templates.',
  toolset: 'registry',
  needs: 'dockerCredentials',
  plural: 'docker_credentials',
  noun: 'docker credential',
  row: dockerCredentialSchema,
  input: z.strictObject(pageFields),
  read: (cloud, io) => cloud.dockerCredentials?.list(io),
  order: newestFirst(({ created_at_utc }) => created_at_utc),
  columns: {
    docker_credential: ({ ref }) => ref,
    name: ({ name }) => name,
    registry: ({ registry }) => registry,
    username: ({ username }) => username,
    created: ({ created_at_utc }) => created_at_utc,
  },
  empty: 'No docker credentials; add_docker_credential adds one.',
});

/** One registry login, without its password. */
export const getDockerCredential = defineTool({
  name: 'get_docker_credential',
  title: 'Show a registry login',
  description: 'Show one registry login (never its password).',
  toolset: 'registry',
  effect: 'read',
  needs: 'dockerCredentials',
  input: z.strictObject({ docker_credential: credentialField }),
  output: z.object({ docker_credential: dockerCredentialSchema }),
  async run(input, ctx) {
    const { at, id } = resolve(ctx, input.docker_credential, 'docker_credential');
    return { docker_credential: await requireFeature(at, 'dockerCredentials').get(ctx.io, id) };
  },
  text: ({ docker_credential }) => credentialText(docker_credential),
});

const REGISTRY = /^(?:https:\/\/)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?(?:\/[\w.~/-]*)?$/;
const SECRET_NAME = /^GPU_MCP_SECRET_[A-Z0-9_]+$/;

const addInput = z.strictObject({
  name: labelField,
  registry: textField(255).refine(
    (text) => REGISTRY.test(text),
    'a host name such as "ghcr.io", with https if with a scheme',
  ),
  username: textField(255).refine(isPlain, 'must be one line of visible text'),
  password_env: textField(100)
    .refine((text) => SECRET_NAME.test(text), 'must be the name of a variable that begins GPU_MCP_SECRET_')
    .optional()
    .describe('Name of a GPU_MCP_SECRET_* variable of the server that holds it'),
  password: textField(16_384).optional().describe('Only if password_env cannot be used'),
});
type AddInput = z.infer<typeof addInput>;

/** The password that the input gives or names. @throws GpuError `invalid_input`, which never repeats it */
function passwordOf(ctx: ToolContext, { password, password_env }: AddInput): string {
  if ((password === undefined) === (password_env === undefined)) {
    throw new GpuError('invalid_input', 'password_env, password: exactly one of the two is needed.', {
      hint: 'Prefer password_env: the password then never passes through the conversation.',
    });
  }
  if (password !== undefined) return password;
  const value = ctx.secret(password_env ?? '');
  if (value !== undefined && value !== '') {
    // One that a file holds is not known yet.
    ctx.hide(value);
    return value;
  }
  throw new GpuError(
    'invalid_input',
    `password_env: ${password_env} is not set in the environment of this server, and no file of that name and mode 0600 is in secrets/ of its state directory.`,
    {
      hint: `Ask the user to save the password in the file secrets/${password_env} of the state directory (by default ~/.local/state/gpu-cloud-mcp), with mode 0600, and call again; no restart is needed.`,
    },
  );
}

/** The error without the password, which a cloud may quote. */
function without(secret: string, error: unknown): GpuError {
  const known = asGpuError(error);
  const strip = (text: string): string =>
    [secret, JSON.stringify(secret).slice(1, -1)].reduce(
      (out, form) => out.replaceAll(form, '[redacted]'),
      text,
    );
  return new GpuError(known.code, strip(known.message), {
    retryable: known.retryable,
    ...(known.hint !== null && { hint: strip(known.hint) }),
    ...(known.retryAfterSeconds !== null && { retryAfterSeconds: known.retryAfterSeconds }),
    ...(known.cloud !== null && { cloud: known.cloud }),
    ...(known.candidates !== null && { candidates: known.candidates }),
  });
}

const added = (credential: DockerCredential) => ({
  status: DONE,
  docker_credential: credential,
  message: `Docker credential ${credential.ref} is stored; pass it to create_template or update_template. Whether the registry takes it shows at the first pull.`,
});

/** Stores the login of a private registry. */
export const addDockerCredential = defineTool({
  name: 'add_docker_credential',
  title: 'Add a registry login',
  description:
    'Store the login of a private Docker registry for templates. Give exactly one of password_env and password. A person must confirm.',
  toolset: 'registry',
  effect: 'change',
  needs: 'dockerCredentials',
  input: addInput,
  output: gatedOutput({ docker_credential: dockerCredentialSchema.optional() }),
  async plan(given, ctx) {
    passwordOf(ctx, given);
    const at = chooseCloud(ctx, undefined, 'dockerCredentials');
    const credentials = requireFeature(at, 'dockerCredentials');
    const present = await credentials.list(ctx.io);
    const namesake = present.find((row) => row.name === given.name);
    return {
      plan: {
        ref: null,
        summary: `Store a login for the registry ${quote(given.registry)} in the ${at.title} account, named ${quote(given.name)}.`,
        effects: [
          `User name ${quote(given.username)}; the password is ${given.password_env === undefined ? 'the one given in this call (not shown)' : `the value of ${given.password_env} (not shown)`}.`,
        ],
        consequences: [
          ...credentials.notes.add,
          ...(given.password === undefined
            ? []
            : ['The password has passed through the conversation with the model; password_env avoids that.']),
          ...(namesake === undefined ? [] : [`${namesake.ref} has the same name already.`]),
        ],
        challenge: 'add',
      },
      head: head(
        `Store ${at.title} login`,
        given.name,
        'The password is stored at the cloud and can never be read back.',
      ),
      cloud: at.id,
      before: present.map((row) => row.ref),
      facts: { cloud: at.id, namesake: namesake?.ref ?? null },
      data: null,
    };
  },
  async run(given, ctx, planned) {
    const password = passwordOf(ctx, given);
    const { name, registry, username } = given;
    const credential = await requireFeature(plannedCloud(ctx, planned), 'dockerCredentials')
      .add(ctx.io, { name, registry, username, password })
      .catch((error: unknown) => {
        throw without(password, error);
      });
    return { done: added(credential), ref: credential.ref };
  },
  async reconcile(given, ctx, planned) {
    const rows = await requireFeature(plannedCloud(ctx, planned), 'dockerCredentials').list(ctx.io);
    const found = addedSince(planned.before, rows, given.name);
    return adoptNamed('docker credential', given.name, found, added);
  },
  text: ({ message, docker_credential }) =>
    docker_credential === undefined ? message : `${message}\n${credentialText(docker_credential)}`,
});

/**
 * Which templates use a credential, as far as they were read. `unread` counts templates that were not read; `failed` is
 * why none could be listed (a key need not have the scope for templates), else null.
 */
interface CredentialUse {
  users: Template[];
  unread: number;
  failed: ErrorCode | null;
}

/** Max. templates that are opened; each costs one request. Our choice. */
const MAX_OPENED = 50;
const AT_ONCE = 5;

/** The template with its credential; null if it could not be read. */
async function opened(io: Io, at: Cloud, row: Template): Promise<Template | null> {
  if (row.docker_credential !== null) return row;
  return (await at.templates?.get(io, row.id).catch(() => null)) ?? null;
}

/** The templates, or why they could not be listed. */
const listed = (io: Io, at: Cloud): Promise<Template[] | ErrorCode> =>
  (at.templates?.list(io) ?? Promise.resolve([])).catch((error: unknown) => {
    if (io.signal.aborted || isCode(error, 'cancelled')) throw error;
    return asGpuError(error).code;
  });

/**
 * The account's own templates that use a credential. Lists of templates do not name the credential (Volt API
 * Reference, Templates), so up to 50 of them are opened, five at a time.
 */
async function templatesUsing(io: Io, at: Cloud, credential: string): Promise<CredentialUse> {
  const rows = await listed(io, at);
  if (!Array.isArray(rows)) return { users: [], unread: 0, failed: rows };
  const own = rows.filter((row) => row.is_system !== true);
  const use: CredentialUse = { users: [], unread: Math.max(0, own.length - MAX_OPENED), failed: null };
  for (let from = 0; from < Math.min(own.length, MAX_OPENED); from += AT_ONCE) {
    const group = own.slice(from, Math.min(from + AT_ONCE, MAX_OPENED));
    const templates = await Promise.all(group.map((row) => opened(io, at, row)));
    io.signal.throwIfAborted();
    for (const template of templates) {
      if (template === null) use.unread += 1;
      else if (template.docker_credential === credential) use.users.push(template);
    }
  }
  return use;
}

/** The sentences about the templates that use a credential, for the plan to delete it. */
function usageLines({ users, unread, failed }: CredentialUse): string[] {
  if (failed !== null) {
    return [`It is not known which templates use it, because they could not be read (${failed}).`];
  }
  const named = users.map((template) => `${quote(template.name)} (${template.ref})`).join(', ');
  return [
    users.length === 0
      ? 'No template that was read uses it.'
      : `${users.length === 1 ? 'This template uses it and' : `These ${users.length} templates use it and`} will fail to pull at the next deploy: ${named}.`,
    ...(unread === 0 ? [] : [`${counted(unread, 'more template')} could not be read and may use it too.`]),
  ];
}

/** Deletes a registry login. */
export const deleteDockerCredential = removalTool({
  name: 'delete_docker_credential',
  title: 'Delete a registry login',
  description: 'Delete a registry login; templates that use it can no longer pull. A person must confirm.',
  toolset: 'registry',
  needs: 'dockerCredentials',
  kind: 'docker_credential',
  noun: 'docker credential',
  verb: { imperative: 'Delete', past: 'deleted', scope: 'for good' },
  async plan({ at, id, ref }, io, agreed) {
    const credentials = requireFeature(at, 'dockerCredentials');
    const [credential, use] = await Promise.all([
      credentials.get(io, id),
      agreed === null ? templatesUsing(io, at, ref) : null,
    ]);
    const { name, registry, username } = credential;
    const used_by = use?.users.map((template) => template.ref).join(', ') ?? agreed?.used_by ?? null;
    return {
      thing: credential,
      effects: [
        `The login ${quote(username)} at ${quote(registry)} is removed; the account at the registry itself stays.`,
      ],
      consequences: [...(use === null ? [] : usageLines(use)), ...credentials.notes.delete],
      worst: 'Templates that use it can no longer pull their image.',
      facts: { name, registry, username, used_by },
    };
  },
  remove: ({ at, id }, io) => requireFeature(at, 'dockerCredentials').delete(io, id),
  left: ({ at }, io) => requireFeature(at, 'dockerCredentials').list(io),
});
