import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import { offered, resolve, type ToolContext } from '../core/context.ts';
import { errorLines } from '../core/gather.ts';
import { type DockerCredential, dockerCredentialSchema } from '../core/model.ts';
import { facts, shown, table } from '../core/table.ts';
import { quote } from '../core/text.ts';
import { challengeOf, describeThing, listPage } from './account-fields.ts';
import { templatesUsing, usageLines } from './credential-use.ts';
import { listOutput, pageFields, refField } from './fields.ts';
import { afterRemoval, lookForRemoval, type Removal, removalOutput } from './removal.ts';
import { defineTool } from './tool.ts';

/** True for a cloud that stores registry logins. */
export const hasCredentials = (cloud: Cloud): boolean => cloud.dockerCredentials !== undefined;

/** The credential group of a cloud. @throws GpuError `unsupported` */
export const credentialsOf = (at: Cloud) =>
  offered(at.dockerCredentials, at, 'docker credentials', 'Use a public image there.');

function resolveCredential(ctx: ToolContext, ref: string) {
  const { at, id } = resolve(ctx, ref, 'docker_credential');
  return { at, id, credentials: credentialsOf(at) };
}

const credentialField = refField.describe('docker credential ref');

/** A registry login as lines for the model; its password can never be read back. */
export const credentialText = (credential: DockerCredential): string =>
  facts([
    ['docker_credential', credential.ref],
    ['name', quote(credential.name)],
    ['registry', credential.registry],
    ['username', credential.username],
    ['created', credential.created_at_utc],
  ]);

/** The stored logins of container registries. */
export const listDockerCredentials = defineTool({
  name: 'list_docker_credentials',
  title: 'List registry logins',
  description: 'List stored logins of private Docker registries (never passwords); templates refer to them.',
  toolset: 'registry',
  effect: 'read',
  needs: hasCredentials,
  input: z.strictObject(pageFields),
  output: listOutput('docker_credentials', dockerCredentialSchema),
  endpoints: ['GET volt /docker-credentials'],
  async run(input, ctx) {
    const { rows, rest } = await listPage(ctx, input, hasCredentials, (cloud) =>
      cloud.dockerCredentials?.list(ctx.io),
    );
    return { done: { docker_credentials: rows, ...rest } };
  },
  text: ({ docker_credentials, total, next_cursor, errors }) =>
    total === 0
      ? `No docker credentials; add_docker_credential adds one.${errorLines(errors)}`
      : [
          table(
            ['docker_credential', 'name', 'registry', 'username', 'created'],
            docker_credentials.map((row) => [
              row.ref,
              row.name,
              row.registry,
              row.username,
              row.created_at_utc,
            ]),
          ),
          shown(docker_credentials.length, total, 'docker credential', next_cursor),
        ].join('\n') + errorLines(errors),
});

/** One registry login, without its password. */
export const getDockerCredential = defineTool({
  name: 'get_docker_credential',
  title: 'Show a registry login',
  description: 'Show one stored registry login (never its password).',
  toolset: 'registry',
  effect: 'read',
  needs: hasCredentials,
  input: z.strictObject({ docker_credential: credentialField }),
  output: z.object({ docker_credential: dockerCredentialSchema }),
  endpoints: ['GET volt /docker-credentials/:id'],
  async run(input, ctx) {
    const { id, credentials } = resolveCredential(ctx, input.docker_credential);
    return { done: { docker_credential: await credentials.get(ctx.io, id) } };
  },
  text: ({ docker_credential }) => credentialText(docker_credential),
});

function removalOf(ctx: ToolContext, ref: string): Removal {
  const { at, credentials } = resolveCredential(ctx, ref);
  const left = () => credentials.list({ ...ctx.io, fresh: true });
  return { ref, kind: 'docker_credential', at, verb: 'deleted', left };
}

/** Deletes a registry login. */
export const deleteDockerCredential = defineTool({
  name: 'delete_docker_credential',
  title: 'Delete a registry login',
  description:
    'Delete a stored registry login; templates that use it can no longer pull. A person must confirm by typing its name.',
  toolset: 'registry',
  effect: 'destroy',
  needs: hasCredentials,
  input: z.strictObject({ docker_credential: credentialField }),
  output: removalOutput,
  endpoints: [
    'DELETE volt /docker-credentials/:id',
    'GET volt /docker-credentials/:id',
    'GET volt /docker-credentials',
    'GET volt /templates',
    'GET volt /templates/:id',
  ],
  async plan(given, ctx) {
    const { at, id, credentials } = resolveCredential(ctx, given.docker_credential);
    const io = { ...ctx.io, fresh: true };
    const [credential, use] = await Promise.all([
      credentials.get(io, id),
      templatesUsing(io, at, given.docker_credential),
    ]);
    return {
      plan: {
        ref: given.docker_credential,
        summary: `Delete ${describeThing(at, 'docker credential', credential)} for good.`,
        effects: [
          `The login ${quote(credential.username)} at ${quote(credential.registry)} is removed; the account at the registry itself stays.`,
        ],
        consequences: [...usageLines(use), ...credentials.notes.delete],
        challenge: challengeOf(credential),
      },
      cloud: at.id,
      facts: {
        name: credential.name,
        registry: credential.registry,
        username: credential.username,
        used_by: use.users.map((template) => template.ref).join(', '),
      },
      data: null,
    };
  },
  async run(given, ctx) {
    const { id, credentials } = resolveCredential(ctx, given.docker_credential);
    const reply = await credentials.delete(ctx.io, id);
    return { done: await afterRemoval(removalOf(ctx, given.docker_credential), reply) };
  },
  reconcile: (given, ctx) => lookForRemoval(removalOf(ctx, given.docker_credential)),
});
