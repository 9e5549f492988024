import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import { offered, resolve, type ToolContext } from '../core/context.ts';
import { errorLines } from '../core/gather.ts';
import { type SshKey, sshKeySchema } from '../core/model.ts';
import { shown, table } from '../core/table.ts';
import { quote } from '../core/text.ts';
import { challengeOf, describeThing, doneOutput, labelField, listPage, pick } from './account-fields.ts';
import { cloudField, DONE, listOutput, pageFields, refField, sentences } from './fields.ts';
import { afterRemoval, lookForRemoval, type Removal, removalOutput } from './removal.ts';
import { defineTool } from './tool.ts';

const hasKeys = (cloud: Cloud): boolean => cloud.sshKeys !== undefined;
const sshKeyField = refField.describe('ssh key ref');

/** The SSH keys of the accounts. */
export const listSshKeys = defineTool({
  name: 'list_ssh_keys',
  title: 'List SSH keys',
  description: 'List the SSH public keys of your accounts, with fingerprints. Their refs go into create_pod.',
  toolset: 'ssh',
  effect: 'read',
  needs: hasKeys,
  input: z.strictObject({ cloud: cloudField, ...pageFields }),
  output: listOutput('ssh_keys', sshKeySchema),
  endpoints: ['GET volt /ssh-keys', 'GET nebula /ssh-keys'],
  async run(input, ctx) {
    const { rows, rest } = await listPage(ctx, input, hasKeys, (cloud) => cloud.sshKeys?.list(ctx.io));
    return { done: { ssh_keys: rows, ...rest } };
  },
  text: ({ ssh_keys, total, next_cursor, errors }) =>
    total === 0
      ? `No SSH keys; add_ssh_key adds one.${errorLines(errors)}`
      : [
          table(
            ['ssh_key', 'name', 'key', 'fingerprint', 'created'],
            ssh_keys.map((key) => [
              key.ref,
              key.name,
              key.public_key,
              key.fingerprint_sha256,
              key.created_at_utc,
            ]),
          ),
          shown(ssh_keys.length, total, 'SSH key', next_cursor),
        ].join('\n') + errorLines(errors),
});

function resolveKey(ctx: ToolContext, ref: string) {
  const { at, id } = resolve(ctx, ref, 'ssh_key');
  return { at, id, keys: offered(at.sshKeys, at, 'SSH keys', 'See list_ssh_keys.') };
}

const noRename = 'Add the key again under the new name with add_ssh_key, then delete the old entry.';

const renamed = (key: SshKey, name: string) => ({
  status: DONE,
  ssh_key: key,
  message:
    key.name === name
      ? `${key.ref} is now named ${quote(name)}.`
      : `WARNING: ${key.cloud} accepted the change, but shows ${key.ref} as named ${quote(key.name)}; look with list_ssh_keys.`,
});

/** Gives an SSH key another name. */
export const renameSshKey = defineTool({
  name: 'rename_ssh_key',
  title: 'Rename an SSH key',
  description: 'Rename an SSH key on Nebula; the key itself stays the same.',
  toolset: 'ssh',
  effect: 'change',
  needs: (cloud) => cloud.sshKeys?.rename !== undefined,
  input: z.strictObject({ ssh_key: sshKeyField, name: labelField }),
  output: doneOutput({ ssh_key: sshKeySchema }),
  endpoints: ['PUT nebula /ssh-keys/:id', 'GET nebula /ssh-keys'],
  plan: 'unconfirmed',
  async run(given, ctx) {
    const { at, id, keys } = resolveKey(ctx, given.ssh_key);
    const rename = offered(keys.rename, at, 'renaming of SSH keys', noRename);
    return { done: renamed(await rename(ctx.io, id, given.name), given.name) };
  },
  async reconcile(given, ctx) {
    const { at, keys } = resolveKey(ctx, given.ssh_key);
    const key = pick(await keys.list({ ...ctx.io, fresh: true }), given.ssh_key, 'ssh_key', at);
    return key.name === given.name
      ? { found: renamed(key, given.name) }
      : { notFound: `${key.ref} is still named ${quote(key.name)}.`, candidates: [key.ref] };
  },
});

function removalOf(ctx: ToolContext, ref: string): Removal {
  const { at, keys } = resolveKey(ctx, ref);
  const left = () => keys.list({ ...ctx.io, fresh: true });
  return { ref, kind: 'ssh_key', at, verb: 'deleted', left };
}

/** Removes an SSH key from an account. */
export const deleteSshKey = defineTool({
  name: 'delete_ssh_key',
  title: 'Delete an SSH key',
  description:
    'Delete an SSH key from the account. Does not cut access to pods that run already. A person must confirm by typing its name.',
  toolset: 'ssh',
  effect: 'destroy',
  needs: hasKeys,
  input: z.strictObject({ ssh_key: sshKeyField }),
  output: removalOutput,
  endpoints: [
    'DELETE volt /ssh-keys/:id',
    'DELETE nebula /ssh-keys/:id',
    'GET volt /ssh-keys',
    'GET nebula /ssh-keys',
  ],
  async plan(given, ctx) {
    const { at, keys } = resolveKey(ctx, given.ssh_key);
    const key = pick(await keys.list({ ...ctx.io, fresh: true }), given.ssh_key, 'ssh_key', at);
    return {
      plan: {
        ref: given.ssh_key,
        summary: `Delete ${describeThing(at, 'SSH key', key)} from the account.`,
        effects: [
          sentences(
            'New pods can no longer be given this key.',
            key.fingerprint_sha256 === null ? null : `Its fingerprint is ${key.fingerprint_sha256}.`,
          ),
        ],
        consequences: keys.notes.delete,
        challenge: challengeOf(key),
      },
      cloud: at.id,
      facts: { name: key.name, fingerprint: key.fingerprint_sha256 },
      data: null,
    };
  },
  async run(given, ctx) {
    const { id, keys } = resolveKey(ctx, given.ssh_key);
    return { done: await afterRemoval(removalOf(ctx, given.ssh_key), await keys.delete(ctx.io, id)) };
  },
  reconcile: (given, ctx) => lookForRemoval(removalOf(ctx, given.ssh_key)),
});
