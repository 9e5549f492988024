import * as z from 'zod';
import { chooseCloud, plannedCloud, type ToolContext } from '../core/context.ts';
import { asGpuError, GpuError } from '../core/errors.ts';
import { type DockerCredential, dockerCredentialSchema } from '../core/model.ts';
import { addedSince } from '../core/outcome.ts';
import type { Planned } from '../core/plan.ts';
import { quote } from '../core/text.ts';
import { isPlain, labelField, textField } from './account-fields.ts';
import { credentialsOf, credentialText, hasCredentials } from './docker-credentials.ts';
import { DONE, gatedOutput } from './fields.ts';
import { defineTool } from './tool.ts';

const REGISTRY = /^(?:https:\/\/)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?(?:\/[\w.~/-]*)?$/;
const SECRET_NAME = /^GPU_MCP_SECRET_[A-Z0-9_]+$/;

const input = z.strictObject({
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
  password: textField(16_384).optional().describe('Only where password_env cannot be used'),
});
type Input = z.infer<typeof input>;

/** The password that the input names. @throws GpuError `invalid_input`, which never repeats it */
function passwordOf(ctx: ToolContext, { password, password_env }: Input): string {
  if ((password === undefined) === (password_env === undefined)) {
    throw new GpuError('invalid_input', 'password_env, password: exactly one of the two is needed.', {
      hint: 'Prefer password_env: the password then never passes through the conversation.',
    });
  }
  if (password !== undefined) return password;
  const value = ctx.secret(password_env ?? '');
  if (value !== undefined && value !== '') return value;
  throw new GpuError('invalid_input', `password_env: ${password_env} is not set where this server runs.`, {
    hint: 'Ask the user to set it in the environment of the MCP server and to restart it.',
  });
}

/** An error without the password, should the cloud have quoted it. */
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
  needs: hasCredentials,
  input,
  output: gatedOutput({ docker_credential: dockerCredentialSchema.optional() }),
  endpoints: ['POST volt /docker-credentials', 'GET volt /docker-credentials'],
  async plan(given, ctx) {
    passwordOf(ctx, given);
    const at = chooseCloud(ctx, undefined, hasCredentials);
    const credentials = credentialsOf(at);
    const present = await credentials.list({ ...ctx.io, fresh: true });
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
      cloud: at.id,
      before: present.map((row) => row.ref),
      facts: { cloud: at.id, namesake: namesake?.ref ?? null },
      data: null,
    };
  },
  async run(given: Input, ctx: ToolContext, planned: Planned<null>) {
    const password = passwordOf(ctx, given);
    const { name, registry, username } = given;
    const credential = await credentialsOf(plannedCloud(ctx, planned))
      .add(ctx.io, { name, registry, username, password })
      .catch((error: unknown) => {
        throw without(password, error);
      });
    return { done: added(credential), ref: credential.ref };
  },
  async reconcile(given: Input, ctx: ToolContext, planned: Planned<null>) {
    const rows = await credentialsOf(plannedCloud(ctx, planned)).list({ ...ctx.io, fresh: true });
    const found = addedSince(planned.before, rows, given.name);
    const [only] = found;
    if (only === undefined)
      return { notFound: `No new docker credential named ${quote(given.name)} is listed.` };
    if (found.length === 1) return { found: added(only), ref: only.ref };
    return {
      ambiguous: found.map((row) => row.ref),
      why: `${found.length} new docker credentials are named ${quote(given.name)}; which one is yours cannot be told.`,
    };
  },
  text: ({ message, docker_credential }) =>
    docker_credential === undefined ? message : `${message}\n${credentialText(docker_credential)}`,
});
